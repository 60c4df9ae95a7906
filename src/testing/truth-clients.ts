// What the folded state says of a recording, against what really happened in it: for every client whose sources differ in what they see.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEvent, type EventDraft, type StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId, type SessionId } from "../contract/ids.ts";
import type { Translation } from "../formats/translation.ts";
import type { Session } from "../projections/session.ts";
import { viewAgents, viewCalls, viewTurns, type CallView } from "../projections/views.ts";
import type { Turn } from "../projections/turns.ts";
import { viewTodos } from "../projections/todos.ts";
import { foundAsks, realAsks, type TrueAsk } from "./truth-asks.ts";
import { foldAll, todoText, trueTodoText, type TrueTodo } from "./truth.ts";

/** For tests of formats, which may not reach for projections themselves. */
export { viewTodos } from "../projections/todos.ts";
export { viewAsks } from "../projections/view-asks.ts";
export { viewAgents, viewCalls, viewSession, viewTurns } from "../projections/views.ts";

type Known = string | number | boolean;
type Entity = Readonly<Record<string, unknown>>;

/** `truth.json` of any client: the README beside the recordings explains the words. */
export interface ClientTruth {
  readonly client: string;
  readonly unseen_by: Readonly<Record<string, readonly string[]>>;
  readonly sessions: readonly Entity[];
  readonly agents: readonly Entity[];
  readonly turns: readonly Entity[];
  readonly calls: readonly Entity[];
  readonly requests: readonly Entity[];
  readonly todos?: readonly TrueTodo[];
  readonly tasks?: readonly TrueTodo[];
  readonly asks?: readonly (TrueAsk & Entity)[];
}

/** What a choice of sources can see. A list holds the true entities that must be found, no more and no fewer; a field that is not named is not compared. */
export interface Expected {
  readonly agents?: (real: Entity) => boolean;
  readonly agentFields?: readonly ("parent" | "call" | "agent_type" | "background" | "outcome")[];
  readonly calls?: (real: Entity) => boolean;
  /** The call that stands for a true one, where the source has no id for it. */
  readonly findCall?: (real: Entity, found: readonly CallView[]) => CallView | undefined;
  readonly callFields?: readonly ("name" | "agent" | "outcome" | "exit_code" | "request" | "client_status")[];
  /** Where a source cannot tell an outcome, the one that stands for it. */
  readonly outcome?: (real: Entity) => unknown;
  readonly turns?: (real: Entity) => boolean;
  readonly turnFields?: readonly ("origin" | "prompt" | "agent" | "id")[];
  readonly requests?: (real: Entity) => boolean;
  readonly asks?: (real: Entity) => boolean;
  readonly requestFields?: readonly ("model" | "agent" | "tokens" | "id")[];
}

const fixtures = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));

export function readTruth(path: string): ClientTruth {
  return JSON.parse(readFileSync(resolve(fixtures, path, "truth.json"), "utf8")) as ClientTruth;
}

export function hasRecording(path: string): boolean {
  return existsSync(resolve(fixtures, path));
}

/** The records of a file, one JSON value a line. */
export function readLines(path: string): unknown[] {
  return readFileSync(resolve(fixtures, path), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

export function readWhole(path: string): unknown {
  return JSON.parse(readFileSync(resolve(fixtures, path), "utf8")) as unknown;
}

/** The events of translations as the log takes them: checked, each id once. Throws when one is not valid, or when one id names two events. */
export function drafts(translations: Iterable<Translation>): EventDraft[] {
  const byId = new Map<string, string>();
  const events: EventDraft[] = [];
  for (const { events: told, problem } of translations) {
    if (problem !== undefined) throw new Error(`a recorded record was refused: ${problem}`);
    for (const event of told) {
      const parsed = parseEvent(event);
      if (!parsed.ok) throw new Error(`${event.id}: ${JSON.stringify(parsed.problems)}`);
      const text = JSON.stringify(event);
      const before = byId.get(event.id);
      if (before !== undefined && before !== text) throw new Error(`${event.id} names two events:\n${before}\n${text}`);
      if (before === undefined) events.push(event);
      byId.set(event.id, text);
    }
  }
  return events;
}

export function fold(events: readonly EventDraft[]): Map<SessionId, Session> {
  return foldAll(events.map((event, index) => ({ ...event, seq: index + 1 }) as StoredEvent));
}

/** Everything in which the state differs from the truth, as far as the sources see it. */
export function clientDifferences(sessions: ReadonlyMap<SessionId, Session>, truth: ClientTruth, expected: Expected): string[] {
  const problems = sameSet(
    "sessions",
    [...sessions.keys()],
    truth.sessions.map((session) => toId("ses", String(session["session_id"]))),
  );
  for (const real of truth.sessions) {
    const session = sessions.get(toId("ses", String(real["session_id"])));
    if (session === undefined) continue;
    const own = (list: readonly Entity[]) => list.filter((each) => each["session_id"] === real["session_id"]);
    problems.push(
      ...agents(session, own(truth.agents), expected),
      ...calls(session, own(truth.calls), expected),
      ...turns(session, own(truth.turns), expected),
      ...requests(session, own(truth.requests), expected),
      ...sameBag(
        "ask",
        foundAsks(session),
        realAsks(
          (truth.asks ?? [])
            .filter((ask) => ask["session_id"] === undefined || ask["session_id"] === real["session_id"])
            .filter(expected.asks ?? (() => true)),
        ),
      ),
      ...todos(session, truth),
    );
  }
  return problems;
}

function agents(session: Session, truth: readonly Entity[], { agents: sees = () => true, agentFields = [] }: Expected): string[] {
  const found = new Map(viewAgents(session, Date.parse(session.facts.last_at!)).map((agent) => [agent.agent_id, agent]));
  const real = truth.filter(sees);
  const problems = sameSet("agents", [...found.keys()], [...new Set(real.map((agent) => agentId(agent["agent_id"])))]);
  for (const each of real) {
    const agent = found.get(agentId(each["agent_id"]));
    if (agent === undefined || agent.agent_id === MAIN_AGENT) continue;
    const call = each["spawned_by_call"];
    const actual = {
      parent: agentId(each["parent_agent_id"]),
      call: call === undefined ? undefined : toId("call", String(call)),
      agent_type: each["agent_type"],
      background: each["background"],
      outcome: each["outcome"],
    };
    const said = {
      parent: agent.parent_agent_id,
      call: agent.call_id,
      agent_type: agent.agent_type,
      background: agent.background,
      outcome: agent.outcome,
    };
    for (const field of agentFields) problems.push(...same(`agent ${String(each["agent_id"])} ${field}`, said[field], actual[field]));
  }
  return problems;
}

function calls(session: Session, truth: readonly Entity[], expected: Expected): string[] {
  const found = viewCalls(session);
  const real = truth.filter(expected.calls ?? (() => true));
  const find = expected.findCall ?? ((call: Entity) => found.find((each) => each.call_id === toId("call", String(call["call_id"]))));
  const problems: string[] = [];
  const met = new Set<CallView>();
  for (const each of real) {
    const call = find(
      each,
      found.filter((candidate) => !met.has(candidate)),
    );
    if (call === undefined) {
      problems.push(`call ${String(each["call_id"])} is missing`);
      continue;
    }
    met.add(call);
    const request = each["request"];
    const actual = {
      name: each["name"],
      agent: agentId(each["agent_id"]),
      outcome: (expected.outcome ?? ((told: Entity) => told["outcome"]))(each),
      exit_code: each["exit_code"],
      request: request === undefined ? undefined : toId("req", String(request)),
      client_status: each["client_status"],
    };
    const said = {
      name: call.name,
      agent: call.agent_id,
      outcome: call.outcome,
      exit_code: call.exit_code,
      request: call.request_id,
      client_status: call.client_status,
    };
    for (const field of expected.callFields ?? ["agent", "outcome"])
      // Not every true call has an exit code; a patch tells one all the same.
      if (field !== "exit_code" || actual.exit_code !== undefined || call.exit_code !== 0)
        problems.push(...same(`call ${String(each["call_id"])} ${field}`, said[field], actual[field]));
  }
  return [...problems, ...found.filter((call) => !met.has(call)).map((call) => `call ${call.call_id} is invented`)];
}

function turns(
  session: Session,
  truth: readonly Entity[],
  { turns: sees = () => true, turnFields = ["origin", "prompt", "agent"] }: Expected,
): string[] {
  const real = truth.filter(sees);
  const compared = (turn: { id: unknown; origin: unknown; prompt: unknown; agent: unknown }) =>
    turnFields.map((field) => `${field} ${String(turn[field])}`).join(", ");
  const found = viewTurns(session).map((turn: Turn) =>
    compared({ id: turn.turn_id, origin: turn.origin, prompt: turn.prompt?.slice(0, 40), agent: turn.agent_id }),
  );
  const actual = real.map((turn) =>
    compared({
      id: toId("trn", String(turn["turn_id"] ?? turn["message_id"] ?? turn["prompt_id"])),
      origin: turn["origin"],
      prompt: turn["prompt_prefix"],
      agent: agentId(turn["agent_id"]),
    }),
  );
  return sameBag("turn", found, actual);
}

const buckets = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"] as const;

function requests(session: Session, truth: readonly Entity[], expected: Expected): string[] {
  const { requests: sees = () => true, requestFields = ["id", "model", "agent", "tokens"] } = expected;
  const real = truth.filter(sees);
  const text = (fields: Readonly<Record<(typeof requestFields)[number], Known>>) =>
    requestFields.map((field) => `${field} ${fields[field]}`).join(", ");
  const found = [...session.usage.requests.values()].map((request) =>
    text({
      id: request.request_id,
      model: request.model ?? "unknown",
      agent: request.agent_id,
      tokens: buckets.map((bucket) => request.usage?.[bucket] ?? 0).join("+"),
    }),
  );
  const actual = real.map((request) =>
    text({
      id: toId("req", String(request["id"])),
      model: String(request["model"]),
      agent: agentId(request["agent_id"]),
      tokens: buckets.map((bucket) => (request[bucket] as number | undefined) ?? 0).join("+"),
    }),
  );
  return sameBag("request", found, actual);
}

/** Every source that has calls has what they wrote of todos; a list stands in the agent's order. */
function todos(session: Session, truth: ClientTruth): string[] {
  const real = truth.todos ?? truth.tasks ?? [];
  const found = viewTodos(session).map((todo) => todoText(todo, real));
  return same("todos", found.join("; "), real.map(trueTodoText).join("; "));
}

function agentId(id: unknown): AgentId {
  return id === "main" ? MAIN_AGENT : toId("agt", String(id));
}

function same(what: string, found: unknown, real: unknown): string[] {
  return found === real ? [] : [`${what}: found ${String(found)}, true is ${String(real)}`];
}

function sameSet(what: string, found: readonly string[], real: readonly string[]): string[] {
  return [
    ...real.filter((each) => !found.includes(each)).map((each) => `${what}: ${each} is missing`),
    ...found.filter((each) => !real.includes(each)).map((each) => `${what}: ${each} is invented`),
  ];
}

function sameBag(what: string, found: readonly string[], real: readonly string[]): string[] {
  const left = [...found];
  const missing = real.filter((each) => {
    const index = left.indexOf(each);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  return [...missing.map((each) => `${what} is missing: ${each}`), ...left.map((each) => `${what} is invented: ${each}`)];
}
