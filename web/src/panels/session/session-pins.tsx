import { Popover } from "@base-ui/react/popover";
import { Pin, X } from "lucide-react";
import { useState } from "react";
import { safeText } from "../../ui/safe-text.ts";
import { togglePin, usePins } from "./pins.ts";
import { control } from "../../mirror/control.ts";

/** In a session's head: what was pinned in it, each one step away. Nothing where nothing is. */
export function SessionPins({ sessionId, onGo }: { sessionId: string; onGo: (key: string) => void }) {
  const pins = usePins(sessionId);
  const [isOpen, setOpen] = useState(false);
  if (pins.length === 0) return null;
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger
        {...control("session.pins")}
        className="button"
        data-testid="session-pins"
        title="Pinned in this session, in this browser"
      >
        <Pin size={15} aria-hidden />
        <span className="num">{pins.length}</span>
        <span className="unseen">pinned</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={6} style={{ zIndex: 15 }}>
          <Popover.Popup className="session__todos" aria-label="Pins">
            <h2 className="heading">Pins</h2>
            <ul className="pins">
              {pins.map((pin) => (
                <li key={pin.key}>
                  <button
                    {...control("session.go_pin", pin.key)}
                    type="button"
                    className="pins__go"
                    onClick={() => {
                      setOpen(false);
                      onGo(pin.key);
                    }}
                  >
                    {safeText(pin.words)}
                  </button>
                  <button
                    {...control("session.unpin", pin.key)}
                    type="button"
                    className="row-tools__button"
                    aria-label={`Unpin ${safeText(pin.words)}`}
                    title="Unpin"
                    onClick={() => togglePin(sessionId, pin)}
                  >
                    <X size={13} aria-hidden />
                  </button>
                </li>
              ))}
            </ul>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
