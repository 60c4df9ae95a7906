import { Ban, Check, CircleDashed, CircleStop, Clock, FileWarning, X, type LucideIcon } from "lucide-react";

/** What decides the shape: a call of a view, or a row of a list. */
interface Ending {
  readonly state: "running" | "ended";
  readonly outcome?: string | undefined;
  readonly settled?: unknown;
}

const shapes: Record<string, { icon: LucideIcon; colour: string; word: string }> = {
  running: { icon: CircleDashed, colour: "var(--brass)", word: "running" },
  ok: { icon: Check, colour: "var(--ok)", word: "ok" },
  error: { icon: X, colour: "var(--fail)", word: "failed" },
  timeout: { icon: Clock, colour: "var(--fail)", word: "timed out" },
  invalid: { icon: FileWarning, colour: "var(--fail)", word: "invalid request" },
  denied: { icon: Ban, colour: "var(--waiting)", word: "denied" },
  interrupted: { icon: CircleStop, colour: "var(--waiting)", word: "interrupted" },
};

/** How a call ended, as a shape with its colour and its word. */
export function Outcome({ call, size = 13 }: { call: Ending; size?: number }) {
  const { icon: Icon, colour, word } = shapes[outcomeOf(call)] ?? shapes["error"]!;
  return (
    <span
      className="outcome"
      style={{ color: colour, display: "inline-flex", flex: "none" }}
      title={call.settled === "inferred" ? `${word}, by inference` : word}
    >
      <Icon size={size} strokeWidth={2.5} aria-hidden />
      <span className="unseen">{word}</span>
    </span>
  );
}

export function outcomeOf(call: Ending): string {
  return call.state === "running" ? "running" : (call.outcome ?? "ok");
}

export function outcomeWord(call: Ending): string {
  return (shapes[outcomeOf(call)] ?? shapes["error"]!).word;
}
