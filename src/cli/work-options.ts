import type { WorkStatus } from "../contract/events/todo.ts";
import { badUsage } from "./failure.ts";
import type { Column, Output } from "./output.ts";

const statuses = ["pending", "in_progress", "blocked", "completed", "cancelled", "open", "closed", "all"] as const;
type Options = Readonly<Record<string, unknown>>;

/** `--status`, checked here so that a slip is told before anything is asked. */
export function statusOption(options: Options): { status?: (typeof statuses)[number] } {
  const given = options["status"];
  if (given === undefined) return {};
  const status = statuses.find((each) => each === given);
  if (status === undefined) throw badUsage(`--status must be one of ${statuses.join(", ")}`);
  return { status };
}

/** `--at`: a seq, or a time. */
export function momentOption(options: Options): { at?: string | number } {
  const given = options["at"];
  if (given === undefined) return {};
  return { at: /^\d+$/.test(String(given)) ? Number(given) : String(given) };
}

/** What stands instead of an empty table: a filter that hides what is there is named before an empty store is explained. */
export async function emptyWords(
  things: "todos" | "tickets",
  isAny: (status: "all") => Promise<boolean>,
  whenNone: string,
): Promise<string> {
  return (await isAny("all")) ? `No ${things} like that. Closed ones too: orrery ${things} --status all` : whenNone;
}

export function statusColumn<R extends { readonly status: WorkStatus }>(paint: Output["paint"]): Column<R> {
  const colour = { pending: paint.cyan, in_progress: paint.green, blocked: paint.yellow, completed: paint.dim, cancelled: paint.dim };
  return { name: "STATUS", value: (row) => row.status, paint: (text, row) => colour[row.status](text) };
}
