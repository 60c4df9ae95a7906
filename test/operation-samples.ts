import { createECDH, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "../src/client/index.ts";
import type { ErrorCode } from "../src/contract/errors.ts";
import type { OperationName } from "../src/contract/operations/index.ts";
import { hooksOf } from "./e2e/recordings.ts";

/** What the samples speak of: a daemon with one recording. `session` and `call` are of it. */
export interface Site {
  readonly client: Client;
  readonly folder: string;
  readonly session: string;
  readonly call: string;
  readonly body: string;
  readonly at: string;
}

type Input = Readonly<Record<string, unknown>>;

/**
 * One operation, asked so that it can be answered, and so that it fails. `mark` differs for each door: what can be done only once is done to a thing of
 * its own. `varies`: fields of the answer that differ from one moment, or one door, to the next.
 */
interface Sample {
  good(site: Site, mark: string): Input | Promise<Input>;
  readonly varies?: readonly string[];
  readonly wrong?: { readonly input: Input; readonly code: ErrorCode };
}

const nowhere = "ses_nowhere";
const noSession = { input: { session_id: nowhere }, code: "NOT_FOUND" } as const;
const badLimit = { input: { limit: 0 }, code: "BAD_INPUT" } as const;
const nothing = (): Input => ({});
const ofSession = ({ session }: Site): Input => ({ session_id: session });
const hook = (bodies: () => unknown[]): Sample => ({ good: () => ({ bodies: bodies() }) });
const fixtures = join(import.meta.dirname, "fixtures");

function firstPayload(path: string): unknown[] {
  const [line = ""] = readFileSync(join(fixtures, path), "utf8").split("\n");
  return [(JSON.parse(line) as { payload: unknown }).payload];
}

async function ticketOf({ client }: Site, mark: string): Promise<string> {
  return (await client.tickets.create({ title: "Doors", note: mark })).ticket_id;
}

async function askOf({ client }: Site, prompt = "Go on?"): Promise<string> {
  return (await client.asks.create({ prompt })).ask_id;
}

/** A session of Claude Code that is at work, and whose hooks come in. */
async function workingIn({ client }: Site, mark: string): Promise<string> {
  await client.ingest.claude_code({
    bodies: [{ hook_event_name: "UserPromptSubmit", session_id: `works-${mark}`, cwd: "/work", prompt_id: "p1", prompt: "Go." }],
  });
  return `ses_works-${mark}`;
}

function transcripts({ folder }: Site, mark: string): string {
  const path = join(folder, `old-${mark}`);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "one.jsonl"), readFileSync(join(fixtures, "claude-code/simple-tools/transcript.jsonl")));
  return path;
}

/** A browser whose push service is on this machine and does not answer. */
export const PUSH_SERVICE = "http://127.0.0.1:9";
const browserKeys = { p256dh: createECDH("prime256v1").generateKeys("base64url"), auth: randomBytes(16).toString("base64url") };
const browserAt = (mark: string) => ({ endpoint: `${PUSH_SERVICE}/${encodeURIComponent(mark)}`, keys: browserKeys, label: mark });

const who = ["asked_by", "by", "door", "wait_ms", "asked_at_door"];

/** Every operation; the compiler names the one that is missing. */
export const samples: Readonly<Record<OperationName, Sample>> = {
  "events.append": {
    good: (_, mark) => ({
      events: [
        { type: "x.door.opened", data: { mark } },
        { type: "no-dot", data: {} },
      ],
    }),
    varies: ["seq"],
    wrong: { input: { events: Array.from({ length: 100_001 }, () => 1) }, code: "BAD_INPUT" },
  },
  "events.list": { good: ({ session }) => ({ session_id: session, limit: 3 }), wrong: badLimit },
  "state.get": { good: ({ at }) => ({ at }), varies: ["seq"], wrong: { input: { at: "yesterday" }, code: "BAD_INPUT" } },
  "activity.get": {
    good: ({ at, session }) => ({ since: "2026-11-20T10:00:00.000Z", until: at, buckets: 4, session_id: session }),
    wrong: { input: { buckets: 0 }, code: "BAD_INPUT" },
  },
  "moments.step": {
    good: ({ session }) => ({ direction: "previous", session_id: session }),
    wrong: { input: { direction: "up" }, code: "BAD_INPUT" },
  },
  "moments.between": {
    good: ({ at }) => ({ at: "2026-11-20T10:00:00.000Z", until: at }),
    wrong: { input: { at: "then", until: "now" }, code: "BAD_INPUT" },
  },
  "bodies.get": { good: ({ body }) => ({ sha256: body }), wrong: { input: { sha256: "f".repeat(64) }, code: "NOT_FOUND" } },
  "ingest.claude_code": hook(() => [hooksOf("simple-tools")[0]!.body]),
  "ingest.claude_code_answer": {
    good: () => ({
      deadline_s: 1,
      otherwise: "ask",
      hook_event_name: "PreToolUse",
      session_id: "doors",
      tool_name: "Bash",
      tool_input: { command: "ls" },
    }),
    wrong: { input: { deadline_s: 0, otherwise: "ask" }, code: "BAD_INPUT" },
  },
  "ingest.codex_answer": {
    good: () => ({
      deadline_s: 1,
      otherwise: "ask",
      hook_event_name: "PreToolUse",
      session_id: "doors",
      tool_name: "Bash",
      tool_input: { command: "ls" },
    }),
    wrong: { input: { deadline_s: 0, otherwise: "ask" }, code: "BAD_INPUT" },
  },
  "ingest.claude_status_line": hook(() => [{ session_id: "doors", cost: { total_cost_usd: 0.1 } }]),
  "ingest.codex": hook(() => firstPayload("codex/simple-hooks/hooks.jsonl")),
  "ingest.gemini": hook(() => firstPayload("gemini-cli/simple/hooks.jsonl")),
  "ingest.opencode": hook(() => [{ type: "session.idle", properties: { sessionID: "ses_doors" } }]),
  "ingest.kei": hook(() => [{ event: "agent_started" }]),
  "ingest.mpm": hook(() => [{ event: "session.started" }]),
  "ingest.stream": {
    good: (_, mark) => ({ format: "codex-exec", run: `doors-${mark}`, from: 0, text: '{"type":"turn.started"}\n', end: true }),
    wrong: { input: { format: "morse", run: "x" }, code: "BAD_INPUT" },
  },
  "ingest.replay": { good: nothing, wrong: { input: { format: "x".repeat(101) }, code: "BAD_INPUT" } },
  "sessions.list": { good: () => ({ project: "project" }), wrong: { input: { limit: 0 }, code: "BAD_INPUT" } },
  "sessions.get": { good: ofSession, wrong: noSession },
  "sessions.state": { good: ofSession, varies: ["seq"], wrong: noSession },
  "sessions.messages": { good: ofSession, wrong: noSession },
  "sessions.turns": { good: ofSession, wrong: noSession },
  "sessions.calls": { good: ofSession, wrong: noSession },
  "sessions.export": { good: ofSession, wrong: noSession },
  "sessions.cost": { good: ofSession, wrong: noSession },
  "sessions.requests": { good: ofSession, wrong: noSession },
  "usage.get": {
    good: ({ session }) => ({ group_by: "model", session_id: session }),
    wrong: { input: { group_by: "mood" }, code: "BAD_INPUT" },
  },
  "usage.csv": {
    good: ({ session }) => ({ group_by: "tool", session_id: session }),
    wrong: { input: { group_by: "mood" }, code: "BAD_INPUT" },
  },
  "cache.get": { good: () => ({ project: "project" }), wrong: { input: { since: "then" }, code: "BAD_INPUT" } },
  "limits.list": { good: nothing },
  "prices.list": { good: () => ({ model: "claude-opus-5-5" }), wrong: { input: { model: "m".repeat(301) }, code: "BAD_INPUT" } },
  "prices.refresh": { good: nothing, wrong: { input: { path: "/nowhere/prices.json" }, code: "BAD_INPUT" } },
  "costs.reprice": { good: () => ({ dry_run: true }), wrong: { input: { dry_run: "maybe" }, code: "BAD_INPUT" } },
  "budgets.list": { good: nothing, varies: ["items"] },
  "budgets.set": {
    good: () => ({ budget_id: "bud_doors", scope: "day", limit_usd: 500 }),
    wrong: { input: { budget_id: "bud_b", scope: "day", limit_usd: -1 }, code: "BAD_INPUT" },
  },
  "budgets.remove": { good: () => ({ budget_id: "never" }), wrong: { input: { budget_id: "b".repeat(101) }, code: "BAD_INPUT" } },
  "asks.list": {
    good: ({ session }) => ({ session_id: session, state: "closed" }),
    varies: ["open"],
    wrong: { input: { state: "ajar" }, code: "BAD_INPUT" },
  },
  "asks.get": {
    good: async (site) => ({ ask_id: await askOf(site) }),
    varies: who,
    wrong: { input: { ask_id: "ask_nowhere" }, code: "NOT_FOUND" },
  },
  "asks.create": {
    good: () => ({ prompt: "Ship it?", options: [{ id: "yes" }], wait_ms: 1 }),
    varies: [...who, "kind"],
    wrong: { input: { prompt: "" }, code: "BAD_INPUT" },
  },
  "asks.wait": {
    good: async (site) => ({ ask_id: await askOf(site), wait_ms: 1 }),
    varies: who,
    wrong: { input: { ask_id: "ask_nowhere" }, code: "NOT_FOUND" },
  },
  "asks.answer": {
    good: async (site) => ({ ask_id: await askOf(site), answer: { value: "yes" } }),
    varies: who,
    wrong: { input: { ask_id: "ask_nowhere", answer: {} }, code: "NOT_FOUND" },
  },
  "asks.withdraw": {
    good: async (site) => ({ ask_id: await askOf(site), reason: "no longer" }),
    varies: who,
    wrong: { input: { ask_id: "ask_nowhere" }, code: "NOT_FOUND" },
  },
  "context.inject": {
    good: async (site, mark) => ({ session_id: await workingIn(site, mark), text: "The database is read-only." }),
    varies: ["injection_id", "session_id", "queued_at", "by", "door"],
    wrong: { input: { session_id: nowhere, text: "x" }, code: "NOT_FOUND" },
  },
  "context.list": { good: ofSession, wrong: noSession },
  "context.withdraw": {
    good: async (site, mark) => {
      const { injection_id } = await site.client.context.inject({ session_id: await workingIn(site, `${mark}-back`), text: "Never mind." });
      return { injection_id };
    },
    varies: ["injection_id", "session_id", "queued_at", "over_at", "by", "door"],
    wrong: { input: { injection_id: "inj_nowhere" }, code: "NOT_FOUND" },
  },
  "policy.get": { good: nothing, wrong: { input: { cwd: "x".repeat(4_001) }, code: "BAD_INPUT" } },
  "policy.test": {
    good: () => ({ rules: [{ effect: "deny", tool: "Bash" }], limit: 50 }),
    wrong: { input: { rules: [{ effect: "maybe" }] }, code: "BAD_INPUT" },
  },
  "policy.preview": {
    good: async (site) => ({ ask_id: await askOf(site), remember: { scope: "home", rule: { effect: "allow", tool: "Bash" } }, limit: 50 }),
    wrong: { input: { ask_id: "ask_nowhere", remember: { scope: "home", rule: { effect: "allow" } } }, code: "NOT_FOUND" },
  },
  "calls.list": { good: ofSession, varies: ["indexed_to", "lag"], wrong: badLimit },
  "requests.list": { good: ofSession, varies: ["indexed_to", "lag"], wrong: badLimit },
  "calls.aggregate": { good: ofSession, varies: ["indexed_to", "lag"], wrong: badLimit },
  "calls.get": {
    good: ({ session, call }) => ({ session_id: session, call_id: call }),
    wrong: { input: { session_id: nowhere, call_id: "call_x" }, code: "NOT_FOUND" },
  },
  "traces.get": { good: ofSession, wrong: noSession },
  "traces.find": {
    good: ({ session }) => ({ session_id: session, text: "README" }),
    varies: ["indexed_to", "lag"],
    wrong: { input: { session_id: nowhere, text: "x".repeat(201) }, code: "BAD_INPUT" },
  },
  "search.query": {
    good: ({ session }) => ({ q: "README", session_id: session }),
    varies: ["indexed_to", "lag"],
    wrong: { input: { q: "x", limit: 0 }, code: "BAD_INPUT" },
  },
  "catalog.get": { good: nothing, varies: ["indexed_to", "lag", "state", "bytes", "documents", "sessions", "calls"] },
  "catalog.rebuild": { good: nothing },
  "alerts.list": { good: () => ({ state: "all" }), varies: ["items"], wrong: badLimit },
  "alerts.snooze": {
    good: async ({ client }) => ({
      alert_id: (await client.alerts.list({ state: "all" })).items.find(({ kind }) => kind === "quota_near")!.alert_id,
      minutes: 5,
    }),
    varies: ["state"],
    wrong: { input: { alert_id: "alert_nowhere" }, code: "NOT_FOUND" },
  },
  "alerts.test": { good: nothing, wrong: { input: { rule_id: "r".repeat(101) }, code: "BAD_INPUT" } },
  "alerts.rules": { good: nothing },
  "alerts.set_rule": {
    good: () => ({ rule_id: "doors", kind: "event", types: ["x.never"] }),
    wrong: { input: { rule_id: "doors", kind: "omen" }, code: "BAD_INPUT" },
  },
  "alerts.remove_rule": { good: () => ({ rule_id: "never-set" }), wrong: { input: { rule_id: "r".repeat(101) }, code: "BAD_INPUT" } },
  "imports.start": {
    good: (site, mark) => ({ path: transcripts(site, mark) }),
    varies: [
      "path",
      "state",
      "ended_at",
      "detail",
      "files",
      "bytes",
      "files_read",
      "bytes_read",
      "sessions",
      "records",
      "events",
      "duplicates",
      "rejected",
    ],
    wrong: { input: { path: "/nowhere/at/all" }, code: "BAD_INPUT" },
  },
  "imports.get": {
    good: async (site) => ({ import_id: (await site.client.imports.start({ path: transcripts(site, "looked-at") })).import_id }),
    varies: [
      "state",
      "ended_at",
      "detail",
      "files",
      "bytes",
      "files_read",
      "bytes_read",
      "sessions",
      "records",
      "events",
      "duplicates",
      "rejected",
    ],
    wrong: { input: { import_id: "imp_nowhere" }, code: "NOT_FOUND" },
  },
  "imports.list": { good: () => ({ state: "failed" }), wrong: { input: { state: "asleep" }, code: "BAD_INPUT" } },
  "backup.make": {
    good: ({ folder }) => ({ path: join(mkdtempSync(join(folder, "backup-")), "copy") }),
    varies: ["path", "head", "bytes", "files"],
    wrong: { input: { path: "" }, code: "BAD_INPUT" },
  },
  "retention.apply": { good: () => ({ dry_run: true }), wrong: { input: { dry_run: "maybe" }, code: "BAD_INPUT" } },
  "todos.list": { good: ofSession, wrong: badLimit },
  "tickets.list": { good: () => ({ text: "nothing has these words" }), wrong: badLimit },
  "tickets.get": {
    varies: ["seq", "door"],
    good: async (site) => ({ ticket_id: await ticketOf(site, "get") }),
    wrong: { input: { ticket_id: "tkt_nowhere" }, code: "NOT_FOUND" },
  },
  "tickets.create": {
    good: () => ({ title: "Doors", priority: "high" }),
    varies: ["created_by", "actor", "door"],
    wrong: { input: { title: "" }, code: "BAD_INPUT" },
  },
  "tickets.update": {
    good: async (site) => ({ ticket_id: await ticketOf(site, "update"), title: "Doors and windows" }),
    varies: ["actor", "door"],
    wrong: { input: { ticket_id: "tkt_nowhere", title: "x" }, code: "NOT_FOUND" },
  },
  "tickets.close": {
    good: async (site) => ({ ticket_id: await ticketOf(site, "close") }),
    varies: ["actor", "door"],
    wrong: { input: { ticket_id: "tkt_nowhere" }, code: "NOT_FOUND" },
  },
  "tickets.link": {
    good: async (site) => ({ ticket_id: await ticketOf(site, "link"), session_id: site.session }),
    varies: ["actor", "door", "shared_links"],
    wrong: { input: { ticket_id: "tkt_nowhere", session_id: nowhere }, code: "NOT_FOUND" },
  },
  "tickets.unlink": {
    good: async (site) => {
      const ticket_id = await ticketOf(site, "unlink");
      await site.client.tickets.link({ ticket_id, session_id: site.session });
      return { ticket_id, session_id: site.session };
    },
    varies: ["actor", "door"],
    wrong: { input: { ticket_id: "tkt_nowhere", session_id: nowhere }, code: "NOT_FOUND" },
  },
  "push.list": { good: nothing, varies: ["items", "public_key"] },
  "push.add": {
    good: (_, mark) => browserAt(mark),
    varies: ["browser_id", "label", "created_at", "created_by"],
    wrong: { input: { ...browserAt("x"), endpoint: "https://example.org/push" }, code: "BAD_INPUT" },
  },
  "push.test": {
    good: async ({ client }, mark) => ({ browser_id: (await client.push.add(browserAt(`test ${mark}`))).browser_id }),
    varies: ["browser_id", "label", "created_at", "problem"],
    wrong: { input: { browser_id: "brw_none" }, code: "NOT_FOUND" },
  },
  "push.remove": {
    good: async ({ client }, mark) => ({ browser_id: (await client.push.add(browserAt(`gone ${mark}`))).browser_id }),
    varies: ["browser_id", "label", "created_at"],
    wrong: { input: { browser_id: "brw_none" }, code: "NOT_FOUND" },
  },
  "tokens.list": { good: () => ({ state: "revoked" }), varies: ["items"], wrong: { input: { state: "lost" }, code: "BAD_INPUT" } },
  "tokens.create": {
    good: (_, mark) => ({ name: `door ${mark.replaceAll(/[^a-z0-9]/gi, "-")}`, scope: "read" }),
    varies: ["token_id", "token", "name", "created_at"],
    wrong: { input: { name: "local" }, code: "BAD_INPUT" },
  },
  "tokens.revoke": {
    good: async ({ client }, mark) => ({
      token_id: (await client.tokens.create({ name: `gone ${mark.replaceAll(/[^a-z0-9]/gi, "-")}` })).token_id,
    }),
    varies: ["token_id", "name", "created_at", "revoked_at"],
    wrong: { input: { token_id: "tok_none" }, code: "NOT_FOUND" },
  },
  "status.get": {
    good: nothing,
    varies: [
      "head",
      "indexed_to",
      "lag",
      "behind_ms",
      "cpu_percent",
      "log_bytes",
      "sessions",
      "connections",
      "memory_bytes",
      "loop_lag_ms",
      "queue",
      "hooks",
      "sources",
      "programs",
      "unknown_records",
    ],
  },
  "diagnostics.get": { good: nothing, varies: ["problems", "alerts", "status", "telemetry"] },
  "storage.get": { good: nothing, varies: ["total_bytes", "items"] },
  "events.wait": {
    good: () => ({ type: "session.*", after: 0, wait_ms: 0 }),
    wrong: { input: { type: "tool.*", wait_ms: -1 }, code: "BAD_INPUT" },
  },
  "ui.controls": { good: nothing },
  "ui.fields": {
    good: nothing,
    varies: ["seq", "ui.screen", ...["open", "query", "item", "operation", "input", "is_json"].map((name) => `palette.${name}`)],
  },
  "ui.click": {
    good: () => ({ control: "nav.traces" }),
    varies: ["seq"],
    wrong: { input: { control: "nav.trace" }, code: "UNKNOWN_CONTROL" },
  },
  "ui.set": {
    good: () => ({ field: "traces.outcome", value: "failed" }),
    varies: ["seq"],
    wrong: { input: { field: "traces.outcome", value: "purple" }, code: "BAD_INPUT" },
  },
  "ui.select": {
    good: () => ({ control: "money.by", value: "day" }),
    varies: ["seq"],
    wrong: { input: { control: "nav.money", value: "day" }, code: "BAD_INPUT" },
  },
  "ui.reset": { good: nothing, varies: ["seq", "changed"] },
  "ui.note": {
    good: () => ({ page: "pag_1", fields: { "live.trail": true }, clicked: [{ control: "live.fit" }] }),
    varies: ["seq"],
    wrong: { input: { fields: {} }, code: "BAD_INPUT" },
  },
  "telemetry.read": { good: nothing, varies: ["daemon", "browsers"] },
  "telemetry.report": {
    good: () => ({ page: "pag_1", fps: 60, frame_ms: 16.7, p95_ms: 17, longest_ms: 20 }),
    wrong: { input: { page: "pag_1", fps: -1 }, code: "BAD_INPUT" },
  },
  "operations.list": { good: nothing },
};
