import { OrreryError } from "../contract/errors.ts";
import type { EventDraft, EventOf, StoredEvent } from "../contract/events/index.ts";
import { AlertRule, type AlertRow, type Notify } from "../contract/operations/alerts.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { createPatientPacer, toTimestamp, type Clock } from "../lib/clock.ts";
import { shownAddress } from "../lib/shown-address.ts";
import { subjectFilter } from "../lib/subject.ts";
import { textHash } from "../lib/text-hash.ts";
import { conditionsOf, type Condition, type Picture } from "./conditions.ts";
import type { Told } from "./notify.ts";
import type { RuleBook } from "./rule-file.ts";

type Doors = "alerts.list" | "alerts.snooze" | "alerts.test" | "alerts.rules" | "alerts.set_rule" | "alerts.remove_rule";

/** What the daemon does with alerts: answers about them, and is told what happens. */
export interface Alerts {
  readonly handlers: Pick<Handlers, Doors>;
  /** Takes note of what was committed: alerts that were told, and events that a rule waits for. */
  noted(events: readonly StoredEvent[]): void;
  /** Looks at everything once, in no hurry until `signal` is aborted; says what has become true and what is over. */
  look(signal?: AbortSignal): Promise<void>;
}

interface Deps {
  readonly book: RuleBook;
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** What there is now. What it still has to read, it reads in no hurry until `signal` is aborted. */
  readonly picture: (signal: AbortSignal | undefined) => Picture;
  readonly append: (events: EventDraft[]) => Promise<unknown>;
  readonly tell: (notify: Notify, message: object) => Promise<readonly Told[]>;
  /** The project of a session, by name. */
  readonly projectOf: (sessionId: string) => string | undefined;
  /** What was told of alerts before this start, oldest first. */
  readonly past: () => Iterable<StoredEvent>;
  readonly onTold?: (told: Told) => void;
  /** Hears of each alert that somebody should be told of now: neither snoozed nor told already. */
  readonly announce?: (alert: AlertRow) => void;
}

/** Alerts that are over and stay in the list. */
const KEPT = 500;
/** A rule on events that fire often tells of one in so long; how many were left out is said with the next. */
const EVENT_EVERY_MS = 10_000;

/**
 * Watches for what the rules name. Each thing is raised once and cleared by itself when it is over; what is raised and cleared are events, so
 * a restart goes on where it stopped and every page shows the same.
 */
export function createAlerts({
  book,
  clock,
  picture,
  append,
  tell,
  projectOf,
  past,
  onTold = () => undefined,
  announce = () => undefined,
}: Deps): Alerts {
  const alerts = new Map<string, AlertRow>();
  /** By rule and subject, the alert that is open. */
  const open = new Map<string, string>();
  /** Until when somebody wants to hear nothing of a rule and subject, over and raised again or not. */
  const snoozed = new Map<string, number>();
  const lastEvent = new Map<string, { readonly atMs: number; readonly left: number }>();
  for (const event of past()) take(event);
  for (const [key, untilMs] of snoozed) if (untilMs <= clock.now()) snoozed.delete(key);

  function take(event: StoredEvent): void {
    if (event.type === "alert.raised") {
      const { alert_id } = event.data;
      alerts.set(alert_id, { ...event.data, raised_at: event.timestamp });
      if (event.data.kind !== "event") open.set(keyOf(event.data), alert_id);
      for (const id of alerts.keys()) {
        if (alerts.size <= KEPT) break;
        if (alerts.get(id)?.cleared_at !== undefined) alerts.delete(id);
      }
    } else if (event.type === "alert.cleared") change(event.data.alert_id, { cleared_at: event.timestamp });
    else if (event.type === "alert.snoozed") {
      change(event.data.alert_id, { snoozed_until: event.data.until });
      const alert = alerts.get(event.data.alert_id);
      if (alert !== undefined) snoozed.set(keyOf(alert), Date.parse(event.data.until));
    }
  }

  function change(id: string, fields: Partial<AlertRow>): void {
    const alert = alerts.get(id);
    if (alert === undefined) return;
    alerts.set(id, { ...alert, ...fields });
    if (fields.cleared_at !== undefined && open.get(keyOf(alert)) === id) open.delete(keyOf(alert));
  }

  function raised(rule: AlertRule, condition: Condition, now: number, more: { readonly event_seq?: number } = {}): EventDraft {
    const key = `${rule.rule_id} ${condition.subject}`;
    const alert_id = `alr_${textHash(`${key} ${now} ${more.event_seq ?? ""}`)}`;
    return {
      id: `alert:${alert_id}:raised`,
      type: "alert.raised",
      timestamp: toTimestamp(now),
      source: "orrery/alerts",
      data: { alert_id, rule_id: rule.rule_id, kind: rule.kind, ...condition, ...more },
    };
  }

  function cleared(alert_id: string, now: number, reason: EventOf<"alert.cleared">["data"]["reason"]): EventDraft {
    const data = { alert_id, reason };
    return { id: `alert:${alert_id}:cleared`, type: "alert.cleared", timestamp: toTimestamp(now), source: "orrery/alerts", data };
  }

  function snooze(alert_id: string, now: number, untilMs: number): EventDraft {
    const data = { alert_id, until: toTimestamp(untilMs) };
    return { id: `alert:${alert_id}:snoozed:${now}`, type: "alert.snoozed", timestamp: toTimestamp(now), source: "orrery/alerts", data };
  }

  async function say(rule: AlertRule, alert: AlertRow): Promise<readonly Told[]> {
    announce(alert);
    const notify = rule.notify ?? book.notify();
    if (notify === undefined) return [];
    const told = await tell(notify, { type: "alert", ...alert });
    told.forEach(onTold);
    return told;
  }

  async function look(signal?: AbortSignal): Promise<void> {
    const now = clock.now();
    const rules = book.rules().filter(({ enabled }) => enabled);
    const seen = picture(signal);
    const found = new Map<string, { readonly rule: AlertRule; readonly condition: Condition }>();
    const breathe = createPatientPacer(clock, signal);
    for (const rule of rules) {
      if (rule.kind === "event") continue;
      for await (const some of conditionsOf(rule, seen)) {
        for (const condition of some) found.set(`${rule.rule_id} ${condition.subject}`, { rule, condition });
        await breathe();
      }
    }
    const news = [...found]
      .filter(([key]) => !open.has(key))
      .map(([key, { rule, condition }]) => ({ key, draft: raised(rule, condition, now) }));
    const watched = new Set(rules.map(({ rule_id }) => rule_id));
    const over = [...open].filter(([key]) => !found.has(key));
    const endings = over.map(([, id]) => cleared(id, now, watched.has(alerts.get(id)?.rule_id ?? "") ? "over" : "rule_changed"));
    // What is raised again while it is snoozed stays so; when that time is over and it is still true, it is told again.
    const quiet = news.flatMap(({ draft }) => {
      const { data } = draft as EventOf<"alert.raised">;
      const untilMs = snoozed.get(keyOf(data)) ?? 0;
      return untilMs > now ? [snooze(data.alert_id, now, untilMs)] : [];
    });
    const reminded = [...found].filter(([key]) => open.has(key) && (snoozed.get(key) ?? Infinity) <= now);
    for (const [key, untilMs] of snoozed) if (untilMs <= now) snoozed.delete(key);
    const drafts = [...news.map(({ draft }) => draft), ...quiet, ...endings];
    if (drafts.length > 0) await append(drafts);
    for (const key of [...news.map((each) => each.key), ...reminded.map(([each]) => each)]) {
      const alert = alerts.get(open.get(key) ?? "");
      if (alert !== undefined && !snoozed.has(key)) void say(found.get(key)!.rule, alert);
    }
  }

  /** A rule on events tells of one that happened: there is nothing that could be over later. */
  async function fire(rule: Extract<AlertRule, { kind: "event" }>, event: StoredEvent): Promise<void> {
    const now = clock.now();
    const before = lastEvent.get(rule.rule_id);
    if (before !== undefined && now - before.atMs < EVENT_EVERY_MS) {
      lastEvent.set(rule.rule_id, { ...before, left: before.left + 1 });
      return;
    }
    lastEvent.set(rule.rule_id, { atMs: now, left: 0 });
    const left = before === undefined || before.left === 0 ? "" : ` ${before.left} more like it came since the last time.`;
    const condition: Condition = {
      subject: `${event.type} ${event.seq}`,
      why: `${event.type} happened${event.session_id === undefined ? "" : ` in ${event.session_id}`}.${left}`,
      advice: `orrery show ${event.seq} has all of it.`,
      ...(event.session_id === undefined ? {} : { session_id: event.session_id }),
      ...(event.agent_id === undefined ? {} : { agent_id: event.agent_id }),
    };
    const draft = raised(rule, condition, now, { event_seq: event.seq });
    const id = (draft as EventOf<"alert.raised">).data.alert_id;
    await append([draft, cleared(id, now, "told")]);
    const alert = alerts.get(id);
    if (alert !== undefined) await say(rule, alert);
  }

  /** The rule as it is, but for its secret. */
  function known(ruleId: string): object {
    const rule = book.rules().find(({ rule_id }) => rule_id === ruleId);
    if (rule === undefined) return {};
    const { origin: _origin, ...fields } = forAll(rule);
    return fields;
  }

  function rowOf(id: string): AlertRow {
    const alert = alerts.get(id);
    if (alert === undefined) throw new OrreryError("NOT_FOUND", { what: "alert", id });
    return alert;
  }

  return {
    look,
    noted(events) {
      for (const event of events) {
        take(event);
        if (event.type.startsWith("alert.")) continue;
        for (const rule of book.rules())
          if (rule.kind === "event" && rule.enabled && matches(rule, event, projectOf)) void fire(rule, event).catch(() => undefined);
      }
    },
    handlers: {
      "alerts.list": ({ state, limit }) => ({
        items: [...alerts.values()]
          .filter(({ cleared_at }) => state === "all" || (cleared_at === undefined) === (state === "open"))
          .toSorted((a, b) => (a.raised_at === b.raised_at ? (a.alert_id < b.alert_id ? -1 : 1) : a.raised_at < b.raised_at ? 1 : -1))
          .slice(0, limit),
      }),
      "alerts.snooze": async ({ alert_id, minutes }) => {
        if (rowOf(alert_id).cleared_at !== undefined) throw new OrreryError("NOT_FOUND", { what: "open alert", id: alert_id });
        const now = clock.now();
        await append([snooze(alert_id, now, now + minutes * 60_000)]);
        return rowOf(alert_id);
      },
      "alerts.rules": () => {
        const notify = book.notify();
        return {
          items: book.rules().map(forAll),
          ...(notify === undefined ? {} : { notify: withoutSecret(notify) }),
          problems: [...book.problems()],
        };
      },
      "alerts.set_rule": (input) => {
        const parsed = AlertRule.safeParse(input["kind"] === undefined ? { ...known(input.rule_id), ...input } : input);
        if (!parsed.success)
          throw new OrreryError("BAD_INPUT", {
            problems: parsed.error.issues.slice(0, 20).map((issue) => ({ field: issue.path.join(".") || "kind", message: issue.message })),
          });
        book.set(withSecret(parsed.data, book.rules()));
        return parsed.data;
      },
      "alerts.remove_rule": ({ rule_id }) => ({ removed: book.remove(rule_id) }),
      "alerts.test": async ({ rule_id }) => {
        const rule = book.rules().find((each) => each.rule_id === rule_id);
        if (rule_id !== undefined && rule === undefined) throw new OrreryError("NOT_FOUND", { what: "alert rule", id: rule_id });
        const notify = rule?.notify ?? book.notify();
        if (notify === undefined) return { items: [] };
        const now = toTimestamp(clock.now());
        return {
          items: [
            ...(await tell(notify, {
              type: "test",
              rule_id,
              raised_at: now,
              why: "Somebody tries whether alerts arrive.",
              advice: "Nothing to do.",
            })),
          ],
        };
      },
    },
  };
}

function keyOf({ rule_id, subject }: { readonly rule_id: string; readonly subject: string }): string {
  return `${rule_id} ${subject}`;
}

function matches(rule: Extract<AlertRule, { kind: "event" }>, event: StoredEvent, projectOf: Deps["projectOf"]): boolean {
  if (!subjectFilter(rule.types)(event.type)) return false;
  if (rule.project !== undefined && (event.session_id === undefined || projectOf(event.session_id) !== rule.project)) return false;
  return Object.entries(rule.where ?? {}).every(([field, wanted]) => (event.data as Readonly<Record<string, unknown>>)[field] === wanted);
}

/** Secrets are never shown, and addresses not whole: whoever sets a rule that was read keeps both. */
function withSecret(rule: AlertRule, rules: readonly AlertRule[]): AlertRule {
  const { webhook } = rule.notify ?? {};
  const before = rules.find(({ rule_id }) => rule_id === rule.rule_id)?.notify?.webhook;
  if (webhook === undefined || before === undefined || ![before.url, shownAddress(before.url)].includes(webhook.url)) return rule;
  return { ...rule, notify: { ...rule.notify, webhook: { ...before, ...webhook, url: before.url } } };
}

function forAll<R extends AlertRule>(rule: R): R {
  return rule.notify === undefined ? rule : { ...rule, notify: withoutSecret(rule.notify) };
}

function withoutSecret({ webhook, ...rest }: Notify): Notify {
  return webhook === undefined ? rest : { ...rest, webhook: { url: shownAddress(webhook.url) } };
}
