import { Ban, Check, Circle, CircleDot, X, type LucideIcon } from "lucide-react";
import type { WorkStatus } from "../../../src/contract/events/todo.ts";

const shapes: Record<WorkStatus, { icon: LucideIcon; colour: string; word: string }> = {
  pending: { icon: Circle, colour: "var(--dim)", word: "pending" },
  in_progress: { icon: CircleDot, colour: "var(--brass)", word: "in progress" },
  blocked: { icon: Ban, colour: "var(--waiting)", word: "blocked" },
  completed: { icon: Check, colour: "var(--ok)", word: "completed" },
  cancelled: { icon: X, colour: "var(--dim)", word: "cancelled" },
};

export function workWord(status: WorkStatus): string {
  return shapes[status].word;
}

/** How a todo or a ticket stands, as a shape with its colour and its word. */
export function WorkShape({ status, size = 13 }: { status: WorkStatus; size?: number }) {
  const { icon: Icon, colour, word } = shapes[status];
  return (
    <span style={{ color: colour, display: "inline-flex", flex: "none" }} title={word}>
      <Icon size={size} strokeWidth={2.25} aria-hidden />
      <span className="unseen">{word}</span>
    </span>
  );
}
