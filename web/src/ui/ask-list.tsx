import { Link } from "@tanstack/react-router";
import type { AskView } from "../../../src/projections/view-asks.ts";
import { useApp, useSelected } from "../app/app-context.ts";
import type { Snapshot } from "../app/store.ts";
import { formatAge, formatDuration, UNKNOWN } from "./format.ts";
import { safeText } from "./safe-text.ts";
import "./ask-list.css";
import { control } from "../mirror/control.ts";

const words: Readonly<Record<string, string>> = {
  allowed: "allowed",
  denied: "denied",
  edited: "allowed, edited",
  always: "always allowed",
  answered: "answered",
  cancelled: "cancelled",
  expired: "nobody answered",
  unknown: "over, nobody says how",
};
/** A shape for how an ask ended: never by colour alone. */
export const askShapes: Readonly<Record<string, string>> = {
  allowed: "✓",
  edited: "✓",
  always: "✓",
  answered: "✓",
  denied: "✕",
  cancelled: "✕",
  expired: "✕",
};

const isPastMoment = ({ past }: Snapshot): boolean => past !== undefined;

/** What agents wait, or waited, for a person for. An open one stands out; a decided one says how, by whom, and how long it took. */
export function AskList({ asks, nowMs }: { asks: readonly AskView[]; nowMs: number }) {
  const { isRecording } = useApp();
  const canAnswer = !useSelected(isPastMoment) && isRecording !== true;
  return (
    <ul className="asks">
      {asks.map((ask) => (
        <li key={ask.ask_id} className="ask" data-state={ask.state} title={titleOf(ask)} data-testid={`ask-${ask.ask_id}`}>
          <span className="ask__shape" aria-hidden>
            {ask.state === "open" ? "?" : (askShapes[ask.outcome ?? ""] ?? "·")}
          </span>
          <span className="ask__words">
            <span className="ask__tool">{safeText(ask.tool ?? ask.kind)}</span>{" "}
            <span className={ask.kind === "permission" || ask.kind === "review" ? "mono" : undefined}>{safeText(ask.prompt ?? "")}</span>
            <small>{ask.state === "open" ? waits(ask, nowMs) : decided(ask)}</small>
          </span>
          {ask.state === "open" && ask.kind !== "review" && canAnswer && (
            <Link
              {...control("session.answer", ask.ask_id)}
              to="/inbox"
              search={{ ask: ask.ask_id }}
              className="linkish ask__answer"
              title="Answer in the Inbox"
            >
              Answer
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}

function waits({ opened_at, kind }: AskView, nowMs: number): string {
  const since = opened_at === undefined ? "" : ` · ${formatAge(Math.max(0, nowMs - Date.parse(opened_at)))}`;
  return `${kind === "review" ? "is reviewed" : "waits for you"}${since}`;
}

function decided({ outcome, by, wait_ms }: AskView): string {
  return [words[outcome ?? "unknown"], by === undefined ? "" : `by ${by}`, wait_ms === undefined ? "" : `after ${formatDuration(wait_ms)}`]
    .filter(Boolean)
    .join(" ");
}

function titleOf({ kind, prompt, joined, outcome_from, opened_at }: AskView): string {
  return [
    `${kind}: ${prompt ?? UNKNOWN}`,
    opened_at === undefined ? "" : `asked at ${opened_at}`,
    joined === "inferred" ? "its call is inferred from tool and input" : "",
    outcome_from === "inferred" ? "its outcome is inferred from what became of the call" : "",
  ]
    .filter(Boolean)
    .join("\n");
}
