import type { Client } from "../../../src/client/index.ts";
import { OrreryError } from "../../../src/contract/errors.ts";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { createStripCount } from "../../../src/projections/activity.ts";
import { createStripReader, eventMarks } from "../../../src/projections/event-marks.ts";
import { encodeState } from "../../../src/projections/encode.ts";
import { createSessionFold, type Session } from "../../../src/projections/session.ts";
import { ofSession } from "../../../src/projections/state.ts";
import { viewCalls } from "../../../src/projections/views.ts";
import { subjectFilter } from "../../../src/lib/subject.ts";
import type { Played, Recording } from "./recording.ts";

type Input = Readonly<Record<string, unknown>>;

/** Answers from the recording what the page asks a daemon. What only a daemon can do is refused. */
export function recordingClient(recording: Recording, played: Played): Client {
  let whole: Session | undefined;
  const marks = new Map(eventMarks(recording.events).map(({ seq, kind }) => [seq, ["mark", kind as string]]));

  /** Folded with inputs and outputs when somebody looks at them. */
  function detailed(): Session | undefined {
    if (whole !== undefined) return whole;
    const fold = createSessionFold({ detail: true });
    for (const event of recording.events) if (ofSession(event)) whole = fold(whole, event);
    return whole;
  }

  const handlers: Readonly<Record<string, (input: Input) => unknown>> = {
    "state.get": ({ at, up_to }) => ({
      seq: played.last.seq,
      state: encodeState(played.stateAt(Date.parse(String(at)), up_to as number | undefined)),
    }),
    "moments.step": ({ at, up_to, direction, kind, agent_id }) => {
      const from = { ms: at === undefined ? Infinity : Date.parse(String(at)), ...(up_to === undefined ? {} : { upTo: Number(up_to) }) };
      const step = played.step(
        from,
        String(direction),
        (event) =>
          (agent_id === undefined || (event.agent_id ?? "agt_main") === agent_id) &&
          (kind === "event" || marks.get(event.seq)?.includes(kind as string) === true),
      );
      if (step === undefined) return {};
      const { seq, type, session_id, agent_id: whose } = step.event;
      return {
        moment: { at: new Date(step.atMs).toISOString(), seq, type, session_id, ...(whose === undefined ? {} : { agent_id: whose }) },
      };
    },
    "events.list": (input) => ({ items: eventsOf(recording.events, input) }),
    "activity.get": ({ since, until, buckets, agent_id }) => {
      const window = { sinceMs: Date.parse(String(since)), untilMs: Date.parse(String(until)), buckets: Number(buckets) };
      const wanted = recording.events.filter((event) => agent_id === undefined || (event.agent_id ?? "agt_main") === agent_id);
      const reader = createStripReader();
      const count = createStripCount(window);
      for (const event of wanted) count.add(reader.read(event));
      const counted = count.result();
      return {
        since,
        until,
        bucket_ms: (window.untilMs - window.sinceMs) / window.buckets,
        buckets: counted.buckets.map(({ atMs, ...counts }) => ({ at: new Date(atMs).toISOString(), ...counts })),
        marks: counted.marks.map(({ atMs, ...mark }) => ({ at: new Date(atMs).toISOString(), ...mark })),
      };
    },
    "sessions.calls": ({ agent_id, limit = 50 }) => {
      const session = detailed();
      const calls = session === undefined ? [] : viewCalls(session).filter((call) => agent_id === undefined || call.agent_id === agent_id);
      return { items: calls.slice(0, Number(limit)) };
    },
  };

  const call = async (name: string, input: unknown): Promise<unknown> => {
    const handler = handlers[name];
    if (handler !== undefined) return handler((input ?? {}) as Input);
    if (name in recording.answers) return recording.answers[name];
    throw new OrreryError("NOT_FOUND", { what: "daemon behind a recording, so no answer to", id: name });
  };
  return new Proxy({ call } as unknown as Client, {
    get: (target, group: string) =>
      group === "call" ? target.call : new Proxy({}, { get: (_, verb: string) => (input: unknown) => call(`${group}.${verb}`, input) }),
  });
}

function eventsOf(events: readonly StoredEvent[], input: Input): readonly StoredEvent[] {
  const { before = Infinity, after = 0, since, until, order, limit = 50, types } = input;
  const isWanted = Array.isArray(types) ? subjectFilter(types as string[]) : () => true;
  const sinceMs = since === undefined ? -Infinity : Date.parse(String(since));
  const untilMs = until === undefined ? Infinity : Date.parse(String(until));
  const found = events.filter((event) => {
    const at = Date.parse(event.timestamp);
    return event.seq < Number(before) && event.seq > Number(after) && at >= sinceMs && at <= untilMs && isWanted(event.type);
  });
  return order === "newest" ? found.toReversed().slice(0, Number(limit)) : found.slice(0, Number(limit));
}
