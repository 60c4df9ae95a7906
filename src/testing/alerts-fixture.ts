import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { AlertRule } from "../contract/operations/alerts.ts";
import type { Caller } from "../contract/operations/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { emptyState, foldState } from "../projections/state.ts";
import { createFakeClock } from "./gateway-fake-clock.ts";
import { createAlerts } from "../alerts/alerts.ts";
import { ourRules, openRuleBook } from "../alerts/rule-file.ts";
import type { Picture } from "../alerts/conditions.ts";

export const MINUTE = 60_000;

export const caller: Caller = { door: "internal", actor: "test" };

/** Alerts over a real log and fold, on a clock that stands still until it is moved. */
export function openTestAlerts(
  t: TestContext,
  options: { readonly rules?: readonly AlertRule[]; readonly picture?: Partial<Picture> } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-alerts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "alerts.json");
  if (options.rules !== undefined) writeFileSync(path, JSON.stringify({ rules: options.rules }));
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  let state = emptyState;
  log.onCommit((events) => void (state = events.reduce(foldState, state)));
  const told: { readonly to: object; readonly message: Record<string, unknown> }[] = [];
  const announced: string[] = [];
  const seen: { spent: number } & Partial<Picture> = { spent: 0, ...options.picture };
  const open = () => {
    const alerts = createAlerts({
      book: openRuleBook(path),
      clock,
      append: (events) => log.append(events),
      projectOf: (id) => state.sessions.get(id as never)?.facts.project,
      past: () => log.read({ types: ["alert.*"], limit: 1_000 }),
      tell: async (notify, message) => {
        told.push({ to: notify, message: message as Record<string, unknown> });
        return [{ to: "test", ok: true }];
      },
      announce: ({ alert_id }) => void announced.push(alert_id),
      picture: () => ({
        nowMs: clock.now(),
        sessions: [...state.sessions.values()],
        sources: [],
        programs: undefined,
        spentSince: async () => seen.spent,
        ...seen,
      }),
    });
    log.onCommit(alerts.noted);
    return alerts;
  };
  let count = 0;
  const happen = (type: string, data: object, more: object = {}) =>
    log.append([
      {
        id: `e${count++}`,
        type,
        timestamp: toTimestamp(clock.now()),
        source: "claude-code/hook",
        session_id: "ses_a",
        agent_id: "agt_main",
        data,
        ...more,
      } as unknown as EventDraft,
    ]);
  const alerts = open();
  const said = () =>
    (log.read({ types: ["alert.*"], limit: 1_000 }) as StoredEvent[]).map((event) => [
      event.type,
      (event.data as { kind?: string }).kind ?? "",
    ]);
  const rows = async (state: "open" | "over" | "all" = "open") =>
    (await alerts.handlers["alerts.list"]({ state, limit: 100 }, caller)).items;
  return { alerts, open, clock, log, happen, said, rows, told, announced, seen, path };
}

/** A file of rules in which ours are off and this one is on, as `mine`. */
export const only = (rule: Pick<AlertRule, "kind"> & Readonly<Record<string, unknown>>): AlertRule[] => [
  ...ourRules.map((ours) => ({ ...ours, enabled: false })),
  { rule_id: "mine", enabled: true, ...rule } as AlertRule,
];

/** A session on this machine begins to work. */
export async function work(happen: ReturnType<typeof openTestAlerts>["happen"]): Promise<void> {
  await happen("session.started", {
    app: "claude-code",
    cwd: "/home/dev/shop",
    project: "shop",
    transcript_path: "/home/dev/.claude/x.jsonl",
  });
  await happen("turn.started", { turn_id: "trn_1", prompt: "go" });
}
