// While a recording is played at its own pace, every picture on the way is possible: things appear when they are told, once, and no number falls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { StoredEvent } from "../src/contract/events/index.ts";
import type { SessionId } from "../src/contract/ids.ts";
import { foldSession, type Session } from "../src/projections/session.ts";
import { ofSession } from "../src/projections/state.ts";
import { viewTodos } from "../src/projections/todos.ts";
import { viewAgents, viewCalls, viewSession } from "../src/projections/views.ts";
import { viewAsks } from "../src/projections/view-asks.ts";
import { casesUnder } from "../src/testing/truth-cases.ts";
import { fold } from "../src/testing/truth-clients.ts";
import { eventsOf, loadRecordings, type RecordedSource, type TrueTodo } from "../src/testing/truth.ts";

const combinations: readonly (readonly RecordedSource[])[] = [
  ["http-hooks"],
  ["transcript"],
  ["http-hooks", "transcript"],
  ["http-hooks", "transcript", "otel"],
  ["http-hooks", "transcript", "otel", "stream"],
];

interface Seen {
  readonly agents: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
  readonly asks: ReadonlySet<string>;
  readonly outcomes: ReadonlyMap<string, string>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly todos: ReadonlyMap<string, { readonly status: string; readonly since: string }>;
}

function look(session: Session, nowMs: number): Seen {
  const view = viewSession(session, nowMs);
  const calls = viewCalls(session);
  return {
    agents: new Set(viewAgents(session, nowMs).map((agent) => agent.agent_id)),
    asks: new Set(viewAsks(session).map((ask) => ask.ask_id)),
    calls: new Set(calls.map((call) => call.call_id)),
    outcomes: new Map(
      calls.flatMap((call) => (call.outcome === undefined || call.settled === "inferred" ? [] : [[call.call_id, call.outcome] as const])),
    ),
    numbers: {
      calls: view.calls_total,
      agents: view.agents,
      messages: view.messages,
      turns: view.turns,
      requests: view.requests,
      ...view.tokens,
    },
    todos: new Map(viewTodos(session).map(({ title, status, status_at }) => [title, { status, since: status_at }])),
  };
}

/** What is true of a recording: nothing else may ever be seen. */
interface Real {
  readonly calls: ReadonlySet<string>;
  readonly asks: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
  readonly todos: ReadonlySet<string>;
}

/** Plays events in their order. Each picture has nothing that never was, and nothing of the one before has gone back. */
function play(events: readonly StoredEvent[], real: Real): void {
  const sessions = new Map<SessionId, Session>();
  const before = new Map<SessionId, Seen>();
  for (const event of events) {
    if (!ofSession(event)) continue;
    const session = foldSession(sessions.get(event.session_id), event);
    sessions.set(event.session_id, session);
    const now = look(session, Date.parse(event.timestamp));
    const then = before.get(event.session_id);
    const at = `at ${event.id}`;
    for (const call of now.calls) assert.ok(real.calls.has(call), `${call} was never made, ${at}`);
    for (const ask of now.asks) assert.ok(real.asks.has(ask), `${ask} was never asked, ${at}`);
    for (const ask of then?.asks ?? []) assert.ok(now.asks.has(ask), `${ask} vanished, ${at}`);
    for (const agent of now.agents) assert.ok(real.agents.has(agent), `${agent} never was, ${at}`);
    for (const [what, count] of Object.entries(now.numbers))
      assert.ok(count >= (then?.numbers[what] ?? 0), `${what} fell from ${then?.numbers[what]} to ${count}, ${at}`);
    for (const call of then?.calls ?? []) assert.ok(now.calls.has(call), `${call} vanished, ${at}`);
    for (const agent of then?.agents ?? []) assert.ok(now.agents.has(agent), `${agent} vanished, ${at}`);
    for (const [call, outcome] of then?.outcomes ?? []) assert.equal(now.outcomes.get(call), outcome, `${call} changed its outcome, ${at}`);
    for (const [title, { status, since }] of now.todos) {
      assert.ok(real.todos.has(title), `${title} was never on a list, ${at}`);
      const known = then?.todos.get(title);
      const isOver = known?.status === "completed" || known?.status === "cancelled";
      if (isOver) assert.equal(status, known.status, `${title} was taken up again, ${at}`);
      assert.ok(since <= event.timestamp || known?.since === since, `${title} stands so since later than now, ${at}`);
    }
    for (const title of then?.todos.keys() ?? []) assert.ok(now.todos.has(title), `${title} vanished, ${at}`);
    before.set(event.session_id, now);
  }
}

const todosOf = ({ todos = [], tasks = [] }: { readonly todos?: readonly TrueTodo[]; readonly tasks?: readonly TrueTodo[] }) =>
  new Set([...todos, ...tasks].map(({ content, subject }) => content ?? subject!));

for (const { name, truth, records } of loadRecordings(fileURLToPath(new URL("fixtures/claude-code", import.meta.url)))) {
  const real: Real = {
    calls: new Set(truth.calls.map((call) => `call_${call.call_id}`)),
    asks: new Set((truth.asks ?? []).map((ask) => `ask_${ask.call_id}`)),
    agents: new Set(truth.agents.map((agent) => `agt_${agent.agent_id}`)),
    todos: todosOf(truth),
  };
  for (const sources of combinations) {
    const chosen = records.filter(({ source }) => sources.includes(source));
    if (sources.some((source) => !chosen.some((record) => record.source === source))) continue;
    test(`${name} by ${sources.join(" and ")}: every picture on the way is possible`, () => play(eventsOf(chosen), real));
  }
}

// Of the other clients not every source has the true ids of calls: what was seen at the end, which the truth suite has compared, is what is true.
const { cases } = casesUnder(fileURLToPath(new URL("fixtures", import.meta.url)));
for (const { client, name, choices, recorded } of cases) {
  if (recorded === undefined) continue;
  for (const choice of choices)
    test(`${client} ${name} by ${choice.join(" and ")}: every picture on the way is possible`, () => {
      const { events, truth } = recorded(choice);
      const whole = [...fold(events).values()].map((session) => look(session, Date.parse(session.facts.last_at!)));
      const all = (what: "calls" | "asks" | "agents") => new Set(whole.flatMap((seen) => [...seen[what]]));
      play(
        events.map((event, index) => ({ ...event, seq: index + 1 }) as StoredEvent),
        { calls: all("calls"), asks: all("asks"), agents: all("agents"), todos: todosOf(truth) },
      );
    });
}
