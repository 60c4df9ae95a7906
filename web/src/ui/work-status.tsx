import { Ban, Check, Circle, CircleDot, X, type LucideIcon } from "lucide-react";
import type { WorkStatus } from "../../../src/contract/events/todo.ts";

const shapes: Record<WorkStatus, { icon: LucideIcon; colour: string; word: string }> = {
  pending: { icon: Circle, colour: "var(--dim)", word: "pending" },
  in_progress: { icon: CircleDot, colour: "var(--brass)", word: "in progress" },
  blocked: { icon: Ban, colour: "var(--waiting)", word: "blocked" },
  completed: { icon: Check, colour: "var(--ok)", word: "completed" },
  cancelled: { icon: X, colour: "var(--dim)", word: "cancelled" },
};

export const workStatuses = Object.keys(shapes) as readonly WorkStatus[];

export function workWord(status: WorkStatus): string {
  return shapes[status].word;
}

/** How a todo or a ticket stands, as a shape with its colour and its word; without the word where that stands beside it. */
export function WorkShape({ status, isBesideWord = false }: { status: WorkStatus; isBesideWord?: boolean }) {
  const { icon: Icon, colour, word } = shapes[status];
  return (
    <span style={{ color: colour, display: "inline-flex", flex: "none" }} title={word}>
      <Icon size={13} strokeWidth={2.25} aria-hidden />
      {!isBesideWord && <span className="unseen">{word}</span>}
    </span>
  );
}
