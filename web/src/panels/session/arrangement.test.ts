import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AgentId } from "../../../../src/contract/ids.ts";
import { requestsByTurn } from "../../../../src/projections/cache.ts";
import { visibleMarks } from "../../../../src/projections/marks.ts";
import { visibleMessages } from "../../../../src/projections/messages.ts";
import { createSessionFold, type Session } from "../../../../src/projections/session.ts";
import { ofSession } from "../../../../src/projections/state.ts";
import { addTokens, noTokens } from "../../../../src/projections/usage.ts";
import { viewAsks } from "../../../../src/projections/view-asks.ts";
import { viewCalls, viewTurns } from "../../../../src/projections/views.ts";
import { largeSession } from "../../../../src/testing/large-session.ts";
import { randomSessionEvents } from "../../../../src/testing/random-session.ts";
import type { StoredEvent } from "../../../../src/contract/events/index.ts";
import { createArranger } from "./arrangement.ts";
import { createConversation } from "./conversation.ts";
import { agentOf, compareRows, type Row } from "./row.ts";

/** The rows of an agent's conversation, worked out from the whole picture: what arranging step by step must come to. */
function wholeRows(session: Session, agent: AgentId): Row[] {
  const asks = viewAsks(session);
  const isAt = (id: string | undefined) => id !== undefined && session.calls.map.has(id as never);
  const markIds = new Map([...session.marks].map(([id, mark]) => [mark, id]));
  const own: Row[] = [
    ...visibleMessages(session.messages).map((message) => ({
      key: message.message_id,
      depth: 0,
      at: message.at,
      kind: "message" as const,
      message,
    })),
    ...viewCalls(session).map((call) => ({
      key: call.call_id,
      depth: 0,
      at: call.started_at ?? call.ended_at ?? "",
      kind: "call" as const,
      call,
      asks: asks.filter(({ call_id }) => call_id === call.call_id),
      agents: [],
    })),
    ...visibleMarks(session.marks)
      .filter(({ kind }) => kind !== "injected")
      .map((mark) => ({ key: markIds.get(mark)!, depth: 0, at: mark.at, kind: "mark" as const, mark })),
    ...asks
      .filter(({ call_id }) => !isAt(call_id))
      .map((ask) => ({ key: ask.ask_id, depth: 0, at: ask.opened_at ?? ask.decided_at ?? "", kind: "ask" as const, ask })),
  ].filter((row) => agentOf(row) === agent);
  const requestsOf = requestsByTurn(session);
  const turns = viewTurns(session).filter(({ agent_id }) => agent_id === agent);
  const lines = turns.flatMap((turn, index): Row[] => {
    const requests = requestsOf.get(turn.turn_id) ?? [];
    if (requests.length === 0 && turn.started_at === undefined) return [];
    const { started_at: next, turn_id: nextId } = turns[index + 1] ?? {};
    const earlier = (moment: string, ms: number) => new Date(Date.parse(moment) - ms).toISOString();
    const prompt =
      next === undefined
        ? undefined
        : own
            .filter(({ at }) => at >= earlier(next, 1_500) && at <= earlier(next, -1_500))
            .toSorted(compareRows)
            .find((row) => row.kind === "message" && row.message.role !== "assistant" && row.message.turn_id === nextId);
    const promptAt = prompt === undefined || prompt.at > next! ? next : prompt.at;
    const border = next === undefined ? undefined : prompt === undefined ? earlier(next, 1_500) : earlier(promptAt!, 1);
    const within = own.map(({ at }) => at).filter((at) => border === undefined || at < border);
    const last = [...within, turn.ended_at ?? ""].toSorted().at(-1)!;
    const at = border === undefined ? "~" : last < border ? last : border;
    const tokens = requests.reduce((sum, { usage }) => addTokens(sum, usage ?? {}), noTokens);
    return [{ key: `turn ${turn.turn_id}`, depth: 0, at, kind: "turn", turn, requests: requests.length, tokens }];
  });
  return [...own, ...lines].toSorted(compareRows);
}

const agents = ["agt_main", "agt_a1", "agt_b2", "agt_c3"] as AgentId[];

/** The pictures of a session after each piece of its events. */
function pictures(events: readonly StoredEvent[], step: number): Session[] {
  const fold = createSessionFold({ detail: true });
  let session: Session | undefined;
  const found: Session[] = [];
  for (const [index, event] of events.entries()) {
    if (ofSession(event)) session = fold(session, event);
    if (session !== undefined && (index % step === 0 || index === events.length - 1)) found.push(session);
  }
  return found;
}

test("arranged event by event, in any order and in jumps to and fro, it is what the whole picture gives", () => {
  const jumps = fc.array(fc.nat(1_000), { maxLength: 3 });
  fc.assert(
    fc.property(randomSessionEvents({ maxLength: 80 }), fc.integer({ min: 1, max: 9 }), jumps, (events, step, back) => {
      const all = pictures(events, step);
      const arrange = createArranger();
      for (const session of [...all, ...back.map((at) => all[at % all.length]).filter((one) => one !== undefined)]) {
        const { rowsOf, sizeOf } = arrange(session);
        for (const agent of agents) {
          const whole = wholeRows(session, agent);
          assert.deepEqual(rowsOf(agent), whole);
          assert.equal(sizeOf(agent), whole.filter(({ kind }) => kind === "message" || kind === "call").length);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("with sub-agents open or closed, step by step or at once: the same conversation", () => {
  fc.assert(
    fc.property(randomSessionEvents({ maxLength: 80 }), fc.subarray(agents), (events, opened) => {
      const conversation = createConversation();
      const nowMs = Date.UTC(2026, 10, 20, 10, 5);
      for (const session of pictures(events, 3)) {
        const rows = conversation(session, new Set(opened), nowMs);
        assert.deepEqual(rows, createConversation()(session, new Set(opened), nowMs));
        assert.equal(conversation(session, new Set(opened), nowMs), rows);
      }
    }),
    { numRuns: 300 },
  );
});

test("an event of a long session leaves all rows but its own the very same, and what was given out before as it was", () => {
  const events = largeSession(2_000).map((event, index) => ({ ...event, seq: index + 1 }) as unknown as StoredEvent);
  const sessions = pictures(events, 1);
  const arrange = createArranger();
  const main = "agt_main" as AgentId;
  arrange(sessions.at(-20)!);
  let before = arrange(sessions.at(-20)!).rowsOf(main);
  for (const session of sessions.slice(-19)) {
    const held = [...before];
    const rows = arrange(session).rowsOf(main);
    const known = new Set(before);
    assert.ok(rows.filter((row) => !known.has(row)).length <= 2, "a row and the line of its turn");
    assert.deepEqual(before, held);
    before = rows;
  }
  assert.equal(before.length, 2_040);
});
