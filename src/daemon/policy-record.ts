import type { EventOf } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { PolicyRule } from "../contract/operations/policy.ts";
import { asHookTold } from "../formats/codex/answer-hook.ts";
import { pause, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { inFull } from "./in-full.ts";

/** A call as the hook of its agent program would have asked about it. */
export interface RecordedCall {
  readonly seq: number;
  readonly tool: string;
  readonly input: unknown;
  readonly title?: string;
  readonly at: string;
  readonly session_id?: SessionId;
  readonly agent_id?: string;
}

type Told = EventOf<"tool.started">;
interface Deps {
  readonly log: Pick<EventLog, "read" | "body">;
  readonly clock: Pick<Clock, "soon">;
}

const PAGE = 2_000;
/** So many are looked at before others have their turn. */
const AT_ONCE = 500;

/**
 * Looks at the latest `limit` calls, newest first, each by the fullest of what was told about it: telemetry names calls without their input, and
 * by that no rule about commands or paths holds. Resolves with how many there are.
 */
export async function eachRecordedCall({ log, clock }: Deps, limit: number, look: (call: RecordedCall) => void): Promise<number> {
  const calls = new Map<string, Told>();
  for (let before: number | undefined; ;) {
    const page = log.read({ types: ["tool.started"], order: "newest", limit: PAGE, ...(before === undefined ? {} : { before }) }) as Told[];
    const isFull = calls.size >= limit;
    let isKnown = false;
    for (const event of page) {
      const key = `${event.session_id} ${event.data.call_id}`;
      const known = calls.get(key);
      isKnown ||= known !== undefined;
      if (known === undefined ? calls.size < limit : fullness(event) > fullness(known)) calls.set(key, event);
    }
    // What else was told of the earliest of them stands close before.
    if (page.length < PAGE || (isFull && !isKnown)) break;
    before = page.at(-1)!.seq;
    await pause(clock);
  }
  let count = 0;
  for (const event of calls.values()) {
    look(recorded(event, log));
    if (++count % AT_ONCE === 0) await pause(clock);
  }
  return count;
}

/** A hook's own words are what rules are written for. */
function fullness({ source, data }: Told): number {
  return (data.input === undefined ? 0 : 4) + (source.includes("/hook") ? 2 : 0) + (data.paths === undefined ? 0 : 1);
}

function recorded({ seq, source, timestamp, session_id, agent_id, data }: Told, log: Deps["log"]): RecordedCall {
  const input = inFull(data.input, log);
  return {
    seq,
    ...(source.startsWith("codex/") ? asHookTold(data.name, input) : { tool: data.name, input }),
    at: timestamp,
    ...(data.title === undefined ? {} : { title: data.title }),
    ...(session_id === undefined ? {} : { session_id }),
    ...(agent_id === undefined ? {} : { agent_id }),
  };
}

type Placed = Pick<RecordedCall, "seq" | "session_id">;

/** What a session had cost by an event, or `undefined` where nobody knows: micro-USD. */
export type CostAt = (id: SessionId, seq: number) => number | undefined;

/**
 * What sessions had cost when each of these calls began, as exactly as rules ask: the greatest limit that was passed by then, and a little. What a
 * session cost only grows, so each limit is looked for by halving.
 */
export function costsThen(calls: readonly Placed[], rules: readonly PolicyRule[], costAt: CostAt): (call: Placed) => number {
  const limits = [...new Set(rules.flatMap(({ cost_over_usd }) => (cost_over_usd === undefined ? [] : cost_over_usd * 1e6)))].toSorted(
    (a, b) => a - b,
  );
  const seqs = Map.groupBy(limits.length === 0 ? [] : calls, ({ session_id }) => session_id);
  const passed = new Map<SessionId | undefined, readonly { readonly limit: number; readonly seq: number }[]>();
  for (const [id, own] of seqs) {
    if (id === undefined) continue;
    const known = new Map<number, number>();
    const cost = (seq: number): number => {
      if (!known.has(seq)) known.set(seq, costAt(id, seq) ?? 0);
      return known.get(seq)!;
    };
    const order = own.map(({ seq }) => seq).toSorted((a, b) => a - b);
    passed.set(
      id,
      limits.flatMap((limit) => {
        let [from, to] = [0, order.length];
        while (from < to) {
          const middle = (from + to) >> 1;
          if (cost(order[middle]!) > limit) to = middle;
          else from = middle + 1;
        }
        return from === order.length ? [] : [{ limit, seq: order[from]! }];
      }),
    );
  }
  return ({ session_id, seq }) => {
    const last = passed.get(session_id)?.findLast((each) => each.seq <= seq);
    return last === undefined ? 0 : last.limit + 1;
  };
}
