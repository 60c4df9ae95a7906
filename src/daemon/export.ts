import { OrreryError } from "../contract/errors.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { writeSpans } from "../formats/otlp/write-spans.ts";
import { createPacer, toTimestamp, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import { requestsByTurn } from "../projections/cache.ts";
import { spendOf } from "../projections/usage.ts";
import { viewAgents, viewCalls, viewSession, viewTurns } from "../projections/views.ts";
import type { History } from "./history.ts";
import { inFull } from "./in-full.ts";

interface Deps {
  readonly log: Pick<EventLog, "read" | "head" | "body">;
  readonly clock: Pick<Clock, "now" | "soon">;
  readonly history: Pick<History, "wholeInPieces">;
  readonly pricesAt: PricesAt;
  /** The page that plays a recording, built with the web UI; undefined when it is not built. */
  readonly replayPage: () => string | undefined;
  /** Answers about a session that the page cannot work out for itself, by operation. */
  readonly answers: (id: SessionId) => Promise<Readonly<Record<string, unknown>>>;
}

const PAGE = 1_000;
const OPEN = '<script type="application/json" id="recording">';
/** Where the page waits for its recording. */
const PLACE = /<script type="application\/json" id="recording">\s*null\s*<\/script>/;

/** Writes a session out: its events one a line, whole again; spans for another program; or a page that plays it. */
export function createExport({ log, clock, history, pricesAt, replayPage, answers }: Deps): Handlers["sessions.export"] {
  return async ({ session_id, format }) => {
    const id = session_id as SessionId;
    if (format === "otlp") return JSON.stringify(await spans(id));
    const lines = await linesOf(id);
    return format === "html" ? page(id, lines) : lines.map((line) => `${line}\n`).join("");
  };

  async function linesOf(id: SessionId): Promise<string[]> {
    const breathe = createPacer(clock);
    const lines: string[] = [];
    for (let after = 0; ;) {
      const read = log.read({ sessionId: id, after, limit: PAGE });
      for (const event of read) lines.push(JSON.stringify({ ...event, data: inFull(event.data, log) }));
      if (read.length < PAGE) break;
      after = read.at(-1)!.seq;
      await breathe();
    }
    if (lines.length === 0) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return lines;
  }

  async function page(id: SessionId, lines: readonly string[]): Promise<string> {
    const html = replayPage();
    if (html === undefined || !PLACE.test(html))
      throw new OrreryError("NOT_FOUND", { what: "built web page", id: "replay.html: npm run build:web" });
    const session = await history.wholeInPieces(id, { seq: log.head() });
    const { title = id } = session === undefined ? {} : viewSession(session, clock.now());
    const head = JSON.stringify({ session_id: id, title, exported_at: toTimestamp(clock.now()), answers: await answers(id) });
    const json = `${head.slice(0, -1)},"events":[${lines.join(",")}]}`;
    // In a script element only "<" could end what stands there.
    return html.replace(PLACE, () => `${OPEN}${json.replaceAll("<", "\\u003c")}</script>`);
  }

  async function spans(id: SessionId): Promise<object> {
    const session = await history.wholeInPieces(id, { seq: log.head() }, { detail: true });
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    const turnOf = new Map(
      [...requestsByTurn(session)].flatMap(([turn, requests]) => requests.map((request) => [request.request_id, turn] as const)),
    );
    return writeSpans({
      session_id: id,
      app: session.facts.app,
      app_version: session.facts.app_version,
      agents: viewAgents(session, clock.now()),
      turns: viewTurns(session),
      requests: [...session.usage.requests.values()].map((request) => {
        const cost = costOf([spendOf(request)], pricesAt);
        const micros = cost.reported_usd_micros ?? cost.computed_usd_micros;
        return { ...request, turn_id: turnOf.get(request.request_id), ...(micros === undefined ? {} : { cost_usd: micros / 1e6 }) };
      }),
      calls: viewCalls(session).map((call) => ({
        ...call,
        input: inFull(call.input, log),
        output: inFull(call.output, log),
        error: inFull(call.error, log),
      })),
    });
  }
}
