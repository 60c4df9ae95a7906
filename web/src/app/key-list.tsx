import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { screens } from "./screens.ts";
import "./palette.css";
import { control } from "../mirror/control.ts";

const keys: readonly (readonly [what: string, keys: readonly string[]])[] = [
  ["Search or run a command", [navigator.platform.startsWith("Mac") ? "⌘ K" : "Ctrl K"]],
  ["This list", ["?"]],
  ["Choose a project or a session", ["p"]],
  ...screens.map(({ word, key }) => [`Go to ${word}`, ["g", key]] as const),
  ["Inbox: allow, deny, deny with guidance", ["y", "n", "d"]],
  ["Inbox: allow with edits, always allow", ["m", "Y"]],
  ["Inbox: choose an option, write an answer", ["1–9", "r"]],
  ["Inbox: next, previous ask", ["j", "k"]],
  ["Inbox: select, select all, open session", ["x", "*", "o"]],
  ["New ticket, on Work", ["n"]],
  ["Next, previous turn of a session", ["j", "k"]],
  ["Walk and fold lines of a trace", ["↑", "↓", "←", "→"]],
  ["Zoom a trace; to one line; whole", ["+", "-", "z", "0"]],
  ["Return to the present", ["l"]],
  ["Play and pause", ["Space"]],
  ["Play slower, faster", ["<", ">"]],
  ["On the strip: scrub, by more, to its start", ["←", "→", "PgUp", "Home"]],
  ["Previous, next event", [",", "."]],
  ["Previous, next mark", ["[", "]"]],
  ["Previous, next error", ["E", "e"]],
  ["Previous, next wait for you", ["A", "a"]],
  ["Previous, next new agent", ["S", "s"]],
  ["Follow this agent or session, or leave it", ["f"]],
  ["Switch theme", ["t"]],
  ["Walk the graph", ["←", "↑", "→", "↓"]],
  ["Move the picture", ["Shift", "arrows"]],
  ["Zoom", ["+", "-"]],
  ["Show everything", ["0"]],
  ["Open the session", ["Enter"]],
  ["Close, clear, back to live", ["Esc"]],
];

export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => isOpen || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil" />
        <Dialog.Popup className="dialog">
          <div className="keys__head">
            <Dialog.Title>Keys</Dialog.Title>
            <Dialog.Close {...control("palette.close")} className="button button--icon" aria-label="Close">
              <X size={15} />
            </Dialog.Close>
          </div>
          <div className="keys">
            <dl>
              {keys.map(([what, pressed]) => (
                <div key={what}>
                  <dt>{what}</dt>
                  <dd>
                    {pressed.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
