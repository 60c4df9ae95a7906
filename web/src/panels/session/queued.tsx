import { Hourglass } from "lucide-react";
import type { QueuedPrompt } from "../../../../src/projections/queue.ts";
import { formatClock } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import "./queued.css";

/** Prompts that were written while the agent works: they wait below the conversation until they are taken up. */
export function Queued({ prompts }: { prompts: readonly QueuedPrompt[] }) {
  if (prompts.length === 0) return null;
  return (
    <ul className="queued" aria-label="Queued prompts" data-testid="queued">
      {prompts.map(({ key, at, prompt }) => (
        <li key={key} className="said said--user queued__prompt">
          <div className="said__who">
            <span>
              <Hourglass size={11} aria-hidden /> Queued
            </span>
            <span className="num">{formatClock(Date.parse(at))}</span>
          </div>
          <p className="prose">{prompt === undefined ? "No source has told its words." : safeText(prompt)}</p>
        </li>
      ))}
    </ul>
  );
}
