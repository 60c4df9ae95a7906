import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { isBodyRef, previewOf, type Text } from "../../../../src/contract/text.ts";
import { imageAddress, imageType } from "../../../../src/lib/images.ts";
import { useApp } from "../../app/app-context.ts";
import { formatBytes } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import "./picture.css";
import { control } from "../../mirror/control.ts";

/** Larger files are read only when asked for. Bytes. */
const READ_AT_ONCE = 2_000_000;

/** An image of a message or an answer: small, and large when it is opened. What lies elsewhere is named and never loaded. */
export function Picture({ text, name }: { text: Text | undefined; name: string }) {
  const { client } = useApp();
  const stored = isBodyRef(text) ? text.body : undefined;
  const [read, setRead] = useState<{ readonly of: string; readonly words?: string }>();
  const [isWanted, setWanted] = useState(false);
  const sha256 = stored?.sha256;
  const isDue = sha256 !== undefined && (isWanted || stored!.size_bytes <= READ_AT_ONCE);
  useEffect(() => {
    if (!isDue) return undefined;
    let isCurrent = true;
    client.call("bodies.get", { sha256 }).then(
      (words) => isCurrent && setRead({ of: sha256, words }),
      () => isCurrent && setRead({ of: sha256 }),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, sha256, isDue]);
  if (text === undefined || previewOf(text) === "") return <Word>{name}: its bytes are not kept</Word>;
  const beginning = previewOf(text);
  if (imageType(beginning) === undefined) return <Word>{`${name} at ${safeText(beginning)}, not loaded`}</Word>;
  const known = stored === undefined ? beginning : read?.of === sha256 ? read?.words : undefined;
  const address = known === undefined ? undefined : imageAddress(known);
  const size = formatBytes(((stored?.size_bytes ?? beginning.length) * 3) / 4);
  if (address === undefined) {
    if (stored !== undefined && !isDue)
      return (
        <button {...control("view.more")} type="button" className="linkish" onClick={() => setWanted(true)}>
          Show {name}, {size}
        </button>
      );
    const isOver = stored === undefined || read?.of === sha256;
    return <Word>{isOver ? `${name}, ${size}: its bytes are not kept` : `${name}, ${size}, is read…`}</Word>;
  }
  return (
    <Dialog.Root>
      <Dialog.Trigger {...control("session.picture")} className="picture" title={`Open ${name}, ${size}`}>
        <img src={address} alt={name} />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="picture__backdrop" />
        <Dialog.Popup className="picture__large" aria-label={name}>
          <Dialog.Close {...control("session.close_picture")} className="button picture__close" aria-label="Close image">
            <X size={15} aria-hidden />
          </Dialog.Close>
          <img src={address} alt={name} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Word({ children }: { children: React.ReactNode }) {
  return <span className="markdown__image">{children}</span>;
}
