import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { eventTypes, type StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { decodeSession, encodeSession, type WireSession } from "./encode.ts";
import { canonical } from "./fuse.ts";
import { visibleMessages } from "./messages.ts";
import { createSessionFold, foldSession, type Session } from "./session.ts";
import { emptyState, foldState, ofSession } from "./state.ts";
import { viewTodos } from "./todos.ts";
import { checkpointKeep, needsWhole, pictureKeep, trimSession } from "./trim.ts";
import { viewAgents, viewCalls, viewSession, viewTurns } from "./views.ts";

const NOW = Date.UTC(2026, 10, 20, 11);

function foldAll(events: readonly StoredEvent[], from?: Session): Session | undefined {
  return events.filter(ofSession).reduce<Session | undefined>((session, event) => foldSession(session, event), from);
}

/** The whole picture of a session as text: equal states have equal text. */
function picture(session: Session | undefined): string {
  if (session === undefined) return "";
  const wire = encodeSession(session);
  return canonical({
    wire: JSON.parse(JSON.stringify(wire)) as unknown,
    agents: viewAgents(session, NOW),
    calls: viewCalls(session),
    turns: viewTurns(session),
    messages: visibleMessages(session.messages),
    todos: viewTodos(session),
    view: viewSession(session, NOW),
  });
}

const throughJson = (session: Session): Session => decodeSession(JSON.parse(JSON.stringify(encodeSession(session))) as WireSession);

test("a session is called by the first words that somebody gave it, and by a command only while there are none", () => {
  const began = (origin: string, prompt: string) =>
    ({ type: "turn.started", id: prompt, data: { turn_id: `trn_${prompt}`, prompt, origin } }) as const;
  const title = (...turns: readonly ReturnType<typeof began>[]) => {
    const events = turns.map((turn, index) => ({
      ...turn,
      seq: index + 1,
      timestamp: `2026-11-20T10:00:0${index}.000Z`,
      source: "claude-code/hook",
      session_id: "ses_1" as SessionId,
      agent_id: "agt_main",
    }));
    return viewSession(foldAll(events as unknown as StoredEvent[])!, NOW).title;
  };
  assert.equal(title(began("command", "/clear")), "/clear");
  assert.equal(title(began("command", "/clear"), began("notification", "<task>"), began("human", "mend it")), "mend it");
});

test("every event example replays through every projection, and a second time changes nothing", () => {
  for (const detail of [false, true]) {
    const fold = createSessionFold({ detail });
    let session: Session | undefined;
    for (const [index, type] of eventTypes.entries()) {
      const event = {
        seq: index + 1,
        id: `e${index}`,
        type: type.type,
        timestamp: "2026-11-20T10:00:00.000Z",
        source: "claude-code/hook",
        session_id: "ses_1" as SessionId,
        agent_id: "agt_main",
        data: type.example,
      };
      session = fold(session, event as unknown as StoredEvent & { session_id: SessionId });
      const before = picture(session);
      session = fold(session, event as unknown as StoredEvent & { session_id: SessionId });
      assert.equal(picture(session), before, type.type);
    }
  }
});

test("any order and any repetition of the same records gives the same state", () => {
  fc.assert(
    fc.property(randomSessionEvents(), fc.infiniteStream(fc.nat()), (events, picks) => {
      const twice = [...events, ...events.filter((_, index) => index % 2 === 0)];
      const shuffled = twice.map((event) => ({ event, key: picks.next().value as number })).toSorted((a, b) => a.key - b.key);
      assert.equal(picture(foldAll(shuffled.map(({ event }) => event))), picture(foldAll(events)));
    }),
    { numRuns: 400 },
  );
});

test("folding through a checkpoint at any point is folding in one go", () => {
  fc.assert(
    fc.property(randomSessionEvents(), fc.nat(60), (events, cut) => {
      const first = foldAll(events.slice(0, cut));
      const resumed = first === undefined ? undefined : throughJson(first);
      assert.equal(picture(foldAll(events.slice(cut), resumed)), picture(foldAll(events)));
    }),
    { numRuns: 300 },
  );
});

test("a trimmed session keeps exact sums and every todo, and says when it needs the whole", () => {
  fc.assert(
    fc.property(
      randomSessionEvents({ maxLength: 120 }),
      fc.nat(120),
      fc.constantFrom(undefined, 1_000, 60_000, 150_000),
      (events, cut, recentMs) => {
        let session = foldAll(events.slice(0, cut));
        const keep = { calls: 1, agents: 0, turns: 0, messages: 0, ...(recentMs === undefined ? {} : { recentMs }) };
        if (session !== undefined) session = throughJson(trimSession(session, keep));
        for (const [offset, event] of events.slice(cut).entries()) {
          if (needsWhole(session, event)) session = foldAll(events.slice(0, cut + offset));
          session = foldAll([event], session);
        }
        const whole = foldAll(events);
        const sums = (of: Session | undefined): string =>
          of === undefined
            ? ""
            : canonical({
                calls: [...of.calls.totals].toSorted(),
                tools: [...of.calls.tools].toSorted(),
                usage: [...of.usage.totals].toSorted(),
                messages: of.messages.total,
                todos: viewTodos(of),
              });
        assert.equal(sums(session), sums(whole));
      },
    ),
    { numRuns: 300 },
  );
});

test("a trimmed session that goes on has the todos of the whole one, also those that wait for the end of their call", () => {
  const keep = { calls: 1, agents: 1, turns: 0, messages: 0 };
  const plans = (of: Session | undefined) => {
    const wire = of === undefined ? undefined : encodeSession(trimSession(of, keep)).plans;
    return canonical([wire?.base, wire?.changes.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  };
  fc.assert(
    fc.property(randomSessionEvents(), fc.nat(60), (events, cut) => {
      let session = foldAll(events.slice(0, cut));
      if (session !== undefined) session = throughJson(trimSession(session, keep));
      for (const [offset, event] of events.slice(cut).entries()) {
        if (needsWhole(session, event)) session = foldAll(events.slice(0, cut + offset));
        session = foldAll([event], session);
      }
      assert.equal(plans(session), plans(foldAll(events)));
    }),
    { numRuns: 500 },
  );
});

test("trimming twice is trimming once", () => {
  fc.assert(
    fc.property(randomSessionEvents({ maxLength: 120 }), (events) => {
      const session = foldAll(events);
      if (session === undefined) return;
      for (const keep of [pictureKeep, checkpointKeep, { ...pictureKeep, recentMs: 5_000 }]) {
        const once = trimSession(session, keep);
        assert.equal(picture(trimSession(once, keep)), picture(once));
      }
    }),
  );
});

test("a call that was open when its session ended counts as interrupted, and only by inference", () => {
  const base = { source: "claude-code/hook", session_id: "ses_1", agent_id: "agt_main" };
  const session = foldAll([
    { ...base, seq: 1, id: "a", type: "tool.started", timestamp: "2026-11-20T10:00:00.000Z", data: { call_id: "call_1", name: "Bash" } },
    { ...base, seq: 2, id: "b", type: "session.ended", timestamp: "2026-11-20T10:00:01.000Z", data: {} },
  ] as unknown as StoredEvent[]);
  const [call] = viewCalls(session!);
  assert.deepEqual([call?.state, call?.outcome, call?.settled], ["ended", "interrupted", "inferred"]);
});

test("words told by a hook and by the transcript are one message", () => {
  const base = { type: "message.added", session_id: "ses_1", agent_id: "agt_main" };
  const words = (id: string, source: string, text: string, at: string) => ({
    ...base,
    id,
    source,
    timestamp: at,
    data: { message_id: id, role: "assistant", parts: [{ kind: "text", text }] },
  });
  const session = foldAll(
    [
      words("msg_d1", "claude-code/hook", "Done.", "2026-11-20T10:00:00.010Z"),
      words("msg_t1", "claude-code/transcript", "Done.", "2026-11-20T10:00:00.000Z"),
      words("msg_d2", "claude-code/hook", "Done.", "2026-11-20T10:00:05.010Z"),
      words("msg_t2", "claude-code/transcript", "Other.", "2026-11-20T10:00:06.000Z"),
    ].map((event, index) => ({ ...event, seq: index + 1 })) as unknown as StoredEvent[],
  )!;
  assert.equal(session.messages.total, 3);
  assert.equal(visibleMessages(session.messages).length, 3);
});

test("a cycle of parents and a deep chain end", () => {
  const spawn = (agent: string, parent: string) => ({
    source: "x/hook",
    session_id: "ses_1",
    agent_id: agent,
    type: "agent.spawned",
    timestamp: "2026-11-20T10:00:00.000Z",
    data: { parent_agent_id: parent, edge: "reported" },
  });
  const chain = Array.from({ length: 5_000 }, (_, index) => spawn(`agt_${index + 1}`, `agt_${index}`));
  const events = [spawn("agt_x", "agt_y"), spawn("agt_y", "agt_x"), ...chain].map((event, index) => ({
    ...event,
    id: `e${index}`,
    seq: index + 1,
  })) as unknown as StoredEvent[];
  const views = viewAgents(foldAll(events)!, NOW);
  assert.equal(views.length, 5_002);
  assert.ok(views.every((agent) => agent.depth <= 64));
});

test("events of no session move the position and nothing else", () => {
  const event = {
    seq: 7,
    id: "a",
    type: "system.failed",
    timestamp: "2026-11-20T10:00:00.000Z",
    source: "orrery",
    data: { part: "log", message: "x" },
  } as StoredEvent;
  assert.deepEqual({ ...foldState(emptyState, event) }, { seq: 7, sessions: emptyState.sessions });
});
