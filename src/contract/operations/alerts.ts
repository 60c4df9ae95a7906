import { z } from "zod";
import { AlertKind } from "../events/alert.ts";
import { defineOperation } from "../operation.ts";

const minutes = z
  .number()
  .min(0.1)
  .max(7 * 24 * 60);

const Webhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Signs each call: `orrery-signature: t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. */
  secret: z.string().min(8).max(200).optional(),
});

/** Who is told beside the page: an address, or a command that gets the alert as JSON on its standard input. */
export const Notify = z.strictObject({
  webhook: Webhook.optional(),
  command: z.array(z.string().min(1).max(4_000)).min(1).max(50).optional(),
});
export type Notify = z.infer<typeof Notify>;

const common = {
  rule_id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, { error: "must be lower-case letters, digits, - and _" }),
  enabled: z.boolean().default(true),
  /** Only sessions of this project. */
  project: z.string().max(300).optional(),
  notify: Notify.optional(),
};

/** What is watched for. The kinds are told apart by `kind`; each has its own measure. */
export const AlertRule = z.discriminatedUnion("kind", [
  /** An agent works, nobody is asked, and there was no sign of life for so long. */
  z.strictObject({ ...common, kind: z.literal("stuck"), minutes: minutes.default(10) }),
  /** The same call, one after another. */
  z.strictObject({
    ...common,
    kind: z.literal("loop"),
    times: z.number().int().min(3).max(12).default(5),
    within_minutes: minutes.default(15),
  }),
  /** A session works or waits, and no process of its program runs in its folder. Linux only. */
  z.strictObject({ ...common, kind: z.literal("orphan"), minutes: minutes.default(3) }),
  /** Calls and requests of a session that failed. */
  z.strictObject({
    ...common,
    kind: z.literal("error_burst"),
    errors: z.number().int().min(2).max(12).default(6),
    within_minutes: minutes.default(5),
  }),
  /** Spent by all sessions in the last minutes; the known part. */
  z.strictObject({
    ...common,
    kind: z.literal("spend_rate"),
    usd: z.number().positive().max(1e6).default(20),
    within_minutes: minutes.default(60),
  }),
  /** A plan's limit is nearly used up. */
  z.strictObject({ ...common, kind: z.literal("quota_near"), used_percent: z.number().min(1).max(100).default(90) }),
  /** A source that has told something tells nothing, while sessions of its program go on. */
  z.strictObject({ ...common, kind: z.literal("source_silent"), minutes: minutes.default(10) }),
  /** Any event of these types; `where` narrows it by fields of its data, such as `outcome` = `error`. */
  z.strictObject({
    ...common,
    kind: z.literal("event"),
    types: z.array(z.string().min(1).max(200)).min(1).max(20),
    where: z.record(z.string().max(200), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
]);
export type AlertRule = z.infer<typeof AlertRule>;

export const Alert = z.looseObject({
  alert_id: z.string(),
  rule_id: z.string(),
  kind: AlertKind,
  subject: z.string(),
  why: z.string(),
  advice: z.string(),
  raised_at: z.string(),
  cleared_at: z.string().optional(),
  snoozed_until: z.string().optional(),
  session_id: z.string().optional(),
  agent_id: z.string().optional(),
});
export type AlertRow = z.infer<typeof Alert>;

export const listAlerts = defineOperation({
  name: "alerts.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/alerts",
  summary:
    "Alerts, newest first: those that are open, those that are over, or all; `snoozed_until` where somebody wants to hear nothing of one.",
  input: z.object({ state: z.enum(["open", "over", "all"]).default("open"), limit: z.coerce.number().int().min(1).max(500).default(100) }),
  output: z.object({ items: z.array(Alert) }),
});

export const snoozeAlert = defineOperation({
  name: "alerts.snooze",
  kind: "command",
  scope: "control",
  method: "POST",
  path: "/alerts/:alert_id/snooze",
  summary: "Says nothing more of an open alert for so many minutes.",
  input: z.object({
    alert_id: z.string().min(1).max(200),
    minutes: z.coerce
      .number()
      .positive()
      .max(7 * 24 * 60)
      .default(60),
  }),
  output: Alert,
});

export const listAlertRules = defineOperation({
  name: "alerts.rules",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/alert-rules",
  summary:
    "What is watched for: the rules that come with Orrery, those of `alerts.json`, who is told, and what is wrong with the file. Secrets are left out.",
  input: z.object({}),
  output: z.object({
    items: z.array(
      z.looseObject({ rule_id: z.string(), kind: AlertKind, enabled: z.boolean(), origin: z.enum(["ours", "changed", "yours"]) }),
    ),
    notify: Notify.optional(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
});

export const setAlertRule = defineOperation({
  name: "alerts.set_rule",
  kind: "command",
  scope: "admin",
  method: "PUT",
  path: "/alert-rules/:rule_id",
  summary:
    "Sets a rule, or replaces one that comes with Orrery; `enabled: false` turns it off. Without a `kind`, what is not said of a rule that there is stays as it was.",
  input: z.looseObject({ rule_id: z.string().max(100), enabled: z.boolean().optional() }),
  output: z.looseObject({ rule_id: z.string() }),
});

export const removeAlertRule = defineOperation({
  name: "alerts.remove_rule",
  kind: "command",
  isFinal: true,
  scope: "admin",
  method: "DELETE",
  path: "/alert-rules/:rule_id",
  summary: "Removes a rule of your own; one of ours is then as it came.",
  input: z.object({ rule_id: z.string().max(100) }),
  output: z.object({ removed: z.boolean() }),
});

export const testAlerts = defineOperation({
  name: "alerts.test",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/alerts/test",
  summary: "Sends a test alert to whoever a rule, or the file, says is told, and answers how that went.",
  input: z.object({ rule_id: z.string().max(100).optional() }),
  output: z.object({ items: z.array(z.object({ to: z.string(), ok: z.boolean(), detail: z.string().optional() })) }),
});
