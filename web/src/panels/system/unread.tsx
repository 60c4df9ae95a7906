import { RotateCcw } from "lucide-react";
import { useState } from "react";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { Allowed } from "../../app/allowed.tsx";
import { useApp } from "../../app/app-context.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { formatMoment, whole } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { control } from "../../mirror/control.ts";

const SHOWN = 50;
/** Looked at again when so many events have come. */
const STEP_EVENTS = 200;
/** All that was ever kept is read, page by page. */
const REPLAY_MS = 600_000;

interface Rejected {
  readonly seq: number;
  readonly at: string;
  readonly format: string;
  readonly reason: string;
  readonly sample: string;
  readonly count: number;
}
type Replayed = OutputFor<"ingest.replay">["items"];

/** What came and was not understood, and what could not be read at all, with the way to try again. */
export function Unread({ unknown, head, nowMs }: { unknown: Readonly<Record<string, number>>; head: number; nowMs: number }) {
  const { client } = useApp();
  const { value, problem, retry } = useAnswer(
    "events.list",
    { types: ["source.rejected"], order: "newest", limit: SHOWN },
    { version: Math.floor(head / STEP_EVENTS) },
  );
  const [state, setState] = useState<{ isRunning?: string; result?: Replayed; problem?: string }>({});
  const formats = Object.entries(unknown).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rejected = (value?.items ?? []).map(rejectedOf);

  const readAgain = async (format: string) => {
    setState({ isRunning: format });
    try {
      const { items } = await client.call("ingest.replay", { format }, { timeoutMs: REPLAY_MS });
      setState({ result: items });
      retry();
    } catch (error) {
      setState({ problem: error instanceof Error ? error.message : String(error) });
    }
  };

  return (
    <section className="section" aria-labelledby="unread">
      <div className="section__head">
        <h2 className="section__title" id="unread">
          Not understood
        </h2>
        <span className="section__note">kept as it came; nothing is lost</span>
      </div>
      {formats.length === 0 && rejected.length === 0 && problem === undefined && (
        <p className="dim">{value === undefined ? "Looking…" : "Every record that came was understood."}</p>
      )}
      {problem !== undefined && (
        <p role="alert">
          The rejected records cannot be listed: {problem}{" "}
          <button {...control("view.retry")} type="button" className="linkish" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {formats.length > 0 && (
        <Allowed to="ingest.replay">
          <ul>
            {formats.map(([format, count]) => (
              <li key={format} className="system__format">
                <span>
                  <span className="num">{whole(count)}</span> {count === 1 ? "record" : "records"} of <span className="mono">{format}</span>
                </span>
                <button
                  {...control("system.read_again", format)}
                  type="button"
                  className="button"
                  disabled={state.isRunning !== undefined}
                  onClick={() => void readAgain(format)}
                >
                  <RotateCcw size={14} aria-hidden />
                  {state.isRunning === format ? "Reading again…" : "Read again"}
                </button>
              </li>
            ))}
          </ul>
        </Allowed>
      )}
      <output className="system__replayed">
        {state.result
          ?.map(
            (row) => `${row.format}: ${whole(row.understood)} of ${whole(row.records)} understood now, ${whole(row.stored)} new events.`,
          )
          .join(" ")}
        {state.problem !== undefined && `Reading again failed: ${state.problem}`}
      </output>
      {rejected.length > 0 && (
        <details className="system__rejected">
          <summary {...control("system.rejected")}>
            {value?.next_cursor === undefined ? whole(rejected.length) : `The last ${rejected.length}`} rejected{" "}
            {rejected.length === 1 ? "record" : "records"}
          </summary>
          <p className="dim">
            Of these only a sample is kept: what was no record cannot be read again here. What stands in a file is still there; an agent's
            hook or a program's event has to be sent anew.
          </p>
          <ul>
            {rejected.map(({ seq, at, format, reason, sample, count }) => (
              <li key={seq}>
                <div>
                  <span className="num dim" title={at}>
                    {formatMoment(Date.parse(at), nowMs)}
                  </span>{" "}
                  <span className="mono">{format}</span> {safeText(reason)}
                  {count > 1 && ` (${whole(count)} of them)`}
                </div>
                {sample !== "" && <pre className="system__sample">{safeText(sample)}</pre>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function rejectedOf({ seq, timestamp, data }: { seq: number; timestamp: string; data: unknown }): Rejected {
  const { format, reason, sample, count } = data as { format: string; reason: string; sample?: string; count?: number };
  return { seq, at: timestamp, format, reason, sample: sample ?? "", count: count ?? 1 };
}
