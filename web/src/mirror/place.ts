import type { UiValue } from "../../../src/contract/ui/element.ts";
import { fieldValue, initialFields, uiFields, type ElementId, type UiFields } from "../../../src/contract/ui/index.ts";

/** An address of the page: its path, and what it carries beside. */
export interface Place {
  readonly path: string;
  readonly search: Readonly<Record<string, unknown>>;
}

type Names = Readonly<Record<string, ElementId>>;

/** What every address may carry, and what that of each screen may: the name in the address, and the field that it is. */
const everywhere: Names = { at: "time.at", seq: "time.seq", follow: "time.follow", kin: "time.kin", project: "live.project" };
const screens: Readonly<Record<string, { readonly path: string; readonly names: Names }>> = {
  live: { path: "/", names: { session: "live.session", agent: "live.agent", view: "live.view", trail: "live.trail" } },
  inbox: { path: "/inbox", names: { ask: "inbox.ask", agent: "inbox.agent", kind: "inbox.kind" } },
  session: { path: "/sessions", names: { q: "session.filter", status: "session.status" } },
  traces: {
    path: "/traces",
    names: {
      kind: "traces.kind",
      session: "traces.session",
      agent: "traces.agent",
      turn: "traces.turn",
      model: "traces.model",
      tool: "traces.tool",
      outcome: "traces.outcome",
      run: "traces.run",
      min: "traces.min",
      since: "traces.since",
      until: "traces.until",
      q: "traces.filter",
      by: "traces.by",
      order: "traces.order",
      table: "traces.table",
      open: "traces.open",
    },
  },
  money: { path: "/money", names: { by: "money.by", days: "money.days" } },
  work: { path: "/work", names: { q: "work.filter", view: "work.view", ticket: "work.ticket" } },
  system: { path: "/system", names: {} },
  search: {
    path: "/search",
    names: {
      q: "search.filter",
      kind: "search.kind",
      session: "search.session",
      agent: "search.agent",
      tool: "search.tool",
      outcome: "search.outcome",
      since: "search.since",
      until: "search.until",
    },
  },
};
const oneSession: Names = { call: "session.call", near: "session.near" };

/** Fields that an address says. */
export const placeFields: ReadonlySet<string> = new Set<string>([
  "ui.screen",
  "session.id",
  ...[everywhere, oneSession, ...Object.values(screens).map(({ names }) => names)].flatMap(Object.values),
]);

/** What an address says of the fields: those of its screen and those of every one. Undefined for an address of nothing. */
export function fieldsOf({ path, search }: Place): UiFields | undefined {
  const session = /^\/sessions\/(.+)$/.exec(path)?.[1];
  const screen = session === undefined ? Object.keys(screens).find((name) => screens[name]!.path === path) : "session";
  if (screen === undefined) return undefined;
  const names = { ...everywhere, ...(session === undefined ? screens[screen]!.names : oneSession) };
  const told = Object.entries(names).map(([name, id]) => [id, fromAddress(id, search[name])] as const);
  const id = session === undefined ? "" : decodeURIComponent(session);
  return { "ui.screen": screen, ...(screen === "session" ? { "session.id": id } : {}), ...Object.fromEntries(told) };
}

/** The address of what fields say. What a field begins with is not in it. */
export function placeOf(fields: UiFields): Place {
  const screen = String(fields["ui.screen"]);
  const session = screen === "session" ? String(fields["session.id"] ?? "") : "";
  const { path, names } = screens[screen]!;
  const carried = { ...everywhere, ...(session === "" ? names : oneSession) };
  return {
    path: session === "" ? path : `/sessions/${encodeURIComponent(session)}`,
    search: Object.fromEntries(Object.entries(carried).map(([name, id]) => [name, toAddress(id, fields[id])])),
  };
}

function fromAddress(id: ElementId, value: unknown): UiValue {
  return (value === undefined ? undefined : fieldValue(uiFields.get(id)!, value)) ?? initialFields[id]!;
}

/** Absent has to be said: what is left out of an address is kept from the one before. */
function toAddress(id: ElementId, value: UiValue | undefined): UiValue | undefined {
  return value === initialFields[id] ? undefined : value;
}
