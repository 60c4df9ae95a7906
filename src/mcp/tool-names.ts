import { askHumanAliases, requestApprovalAliases, type Alias } from "./aliases.ts";
import type { OperationName } from "../contract/operations/index.ts";

/**
 * One tool. `sets` are fields of the input that the tool decides itself; who calls it neither sees nor changes them. `expects` are defaults of
 * the tool's own.
 */
export interface NamedTool {
  readonly name: string;
  /** In place of the operation's own sentence, where a model needs to be told when to use it. */
  readonly about?: string;
  readonly sets?: Readonly<Record<string, unknown>>;
  readonly expects?: Readonly<Record<string, unknown>>;
  readonly aliases?: Readonly<Record<string, Alias>>;
}

type Served = readonly NamedTool[] | { readonly leftOut: string };

/** How long a tool may keep its caller: many clients give up after a minute. */
export const LONGEST_WAIT_MS = 50_000;

const tool = (name: string): Served => [{ name }];
const leftOut = (reason: string): Served => ({ leftOut: reason });

const hook = leftOut("agent programs post these by their hooks");
const keeping = leftOut("how Orrery is kept is decided by a person; the command line and the page do it");
const limits = leftOut("it would let an agent lift a limit that a person set for it");
const access = leftOut("who may come in is decided by a person; the command line and the page do it");
const page = leftOut("some buttons answer asks and lift limits; an agent must not press them");
const tooLong = leftOut("its answer is a file; the command line writes it, and other tools tell the same in pages");

/** Every operation: the tools that call it, or why none does. The compiler names the operation that is missing. */
export const toolNames: Readonly<Record<OperationName, Served>> = {
  "events.append": tool("append_events"),
  "events.list": tool("list_events"),
  "events.wait": [{ name: "wait_for_event", expects: { wait_ms: LONGEST_WAIT_MS } }],
  "state.get": tooLong,
  "activity.get": tool("get_activity"),
  "moments.step": tool("find_next_moment"),
  "moments.between": tool("list_moments"),
  "bodies.get": tool("get_body"),
  "ingest.claude_code": hook,
  "ingest.claude_code_answer": hook,
  "ingest.claude_status_line": hook,
  "ingest.codex": hook,
  "ingest.codex_answer": hook,
  "ingest.gemini": hook,
  "ingest.opencode": hook,
  "ingest.kei": hook,
  "ingest.mpm": hook,
  "ingest.stream": hook,
  "ingest.replay": keeping,
  "sessions.list": tool("list_sessions"),
  "sessions.get": [
    { name: "get_session" },
    { name: "list_agents", about: "Every agent of a session, at any depth: who started it, its task, its status and its figures." },
    {
      name: "subagent_status",
      about:
        "How the sub-agents of a session do: status and figures of each. It holds no results: those come to you by themselves when an agent ends, so end your turn instead of calling this again and again.",
    },
  ],
  "sessions.state": tooLong,
  "sessions.messages": tool("list_messages"),
  "sessions.turns": tool("list_turns"),
  "sessions.calls": tool("list_session_calls"),
  "sessions.export": tooLong,
  "context.inject": tool("inject_context"),
  "context.list": tool("list_injections"),
  "context.withdraw": tool("withdraw_injection"),
  "sessions.cost": tool("get_session_cost"),
  "sessions.requests": tool("list_requests"),
  "usage.get": tool("get_usage"),
  "usage.csv": tooLong,
  "cache.get": tool("get_cache_use"),
  "limits.list": tool("list_limits"),
  "prices.list": tool("list_prices"),
  "prices.refresh": keeping,
  "costs.reprice": keeping,
  "budgets.list": tool("list_budgets"),
  "budgets.set": limits,
  "budgets.remove": limits,
  "asks.list": tool("list_asks"),
  "asks.get": tool("get_ask"),
  "asks.create": [
    {
      name: "ask_human",
      about:
        "Asks the people who watch Orrery a question and waits for the answer, up to 50 s. While nobody has decided, state is open: keep the ask_id and call wait_for_ask; do not ask again.",
      sets: { kind: "question" },
      expects: { wait_ms: LONGEST_WAIT_MS },
      aliases: askHumanAliases,
    },
    {
      name: "request_approval",
      about:
        "Asks the people who watch Orrery whether you may do something, and waits for the decision, up to 50 s. While nobody has decided, state is open: keep the ask_id and call wait_for_ask; do not go on without it.",
      sets: { kind: "permission" },
      expects: { wait_ms: LONGEST_WAIT_MS },
      aliases: requestApprovalAliases,
    },
  ],
  "asks.wait": tool("wait_for_ask"),
  "asks.answer": leftOut("people are asked; an agent that could answer would allow itself what it asked for"),
  "asks.withdraw": tool("withdraw_ask"),
  "policy.get": tool("get_policy"),
  "policy.test": tool("test_policy"),
  "policy.preview": leftOut("it helps people answer, and answers are theirs alone"),
  "calls.list": tool("list_calls"),
  "calls.aggregate": tool("count_calls"),
  "requests.list": tool("find_requests"),
  "calls.get": tool("get_call"),
  "traces.get": tool("get_trace"),
  "traces.find": tool("find_in_trace"),
  "search.query": tool("search"),
  "catalog.get": tool("get_catalog"),
  "catalog.rebuild": keeping,
  "alerts.list": tool("list_alerts"),
  "alerts.snooze": limits,
  "alerts.test": keeping,
  "alerts.rules": tool("list_alert_rules"),
  "alerts.set_rule": keeping,
  "alerts.remove_rule": keeping,
  "imports.start": keeping,
  "imports.get": tool("get_import"),
  "imports.list": tool("list_imports"),
  "backup.make": keeping,
  "retention.apply": keeping,
  "todos.list": tool("list_todos"),
  "tickets.list": tool("list_tickets"),
  "tickets.get": tool("get_ticket"),
  "tickets.create": tool("create_ticket"),
  "tickets.update": tool("update_ticket"),
  "tickets.close": tool("close_ticket"),
  "tickets.link": tool("link_ticket"),
  "tickets.unlink": tool("unlink_ticket"),
  "push.list": access,
  "push.add": access,
  "push.test": access,
  "push.remove": access,
  "tokens.list": access,
  "tokens.create": access,
  "tokens.revoke": access,
  "ui.controls": tool("list_controls"),
  "ui.fields": tool("get_fields"),
  "ui.click": page,
  "ui.set": tool("set_field"),
  "ui.select": tool("select_item"),
  "ui.reset": tool("reset_ui"),
  "ui.note": leftOut("pages say by it what a person did"),
  "telemetry.read": tool("get_telemetry"),
  "telemetry.report": leftOut("pages say by it how they draw"),
  "status.get": tool("get_status"),
  "diagnostics.get": tool("get_diagnostics"),
  "storage.get": tool("get_storage"),
  "operations.list": leftOut("tools/list says what there is here"),
};
