import { useAnswer } from "../../app/use-answer.ts";
import { formatBytes, formatPercent, whole } from "../../ui/format.ts";
import { Bone } from "../../ui/states.tsx";
import { control } from "../../mirror/control.ts";

/** Measured again when so many events have come: it looks at the whole file. */
const STEP_EVENTS = 5_000;
const SHOWN = 10;
const words: Readonly<Record<string, string>> = {
  events: "Events and their indexes",
  bodies: "Long texts",
  checkpoints: "Checkpoints",
  summaries: "Lines about sessions",
  words: "Words that repeat",
  notes: "Read positions and notes",
  spans: "Index of times",
  agent_sessions: "Index of agents",
  free: "Free, used again before the file grows",
  journal: "Journal, folded in by and by",
  "catalog.db": "Index of lists and search",
  "catalog.db-wal": "Journal of lists and search",
  "catalog.db-shm": "Place marks of that journal",
  spool: "Spool of hooks that waited",
  connect: "What undoes a connection",
  prices: "Price tables",
};

/** What takes how much of the disk, by kind. */
export function Storage({ head }: { head: number }) {
  const { value, problem, retry } = useAnswer("storage.get", {}, { version: Math.floor(head / STEP_EVENTS) });
  return (
    <section className="section" aria-labelledby="storage">
      <div className="section__head">
        <h2 className="section__title" id="storage">
          Storage
        </h2>
        {value !== undefined && (
          <span className="section__note" title={`${whole(value.total_bytes)} bytes`}>
            {formatBytes(value.total_bytes)} in all
          </span>
        )}
      </div>
      {problem !== undefined && (
        <p role="alert">
          The disk cannot be measured: {problem}{" "}
          <button {...control("view.retry")} type="button" className="linkish" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {value === undefined && problem === undefined && <Bone width="100%" height={60} />}
      {value !== undefined && (
        <ul className="shares">
          {folded(value.items).map(({ kind, bytes }) => (
            <li key={kind} className="share" title={`${whole(bytes)} bytes, ${formatPercent(bytes, value.total_bytes)}`}>
              <span className="share__word">{words[kind] ?? kind}</span>
              <span className="share__bar" aria-hidden>
                <i style={{ width: `${(100 * bytes) / value.items[0]!.bytes}%` }} />
              </span>
              <span className="num">{formatBytes(bytes)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function folded(items: readonly { kind: string; bytes: number }[]): readonly { kind: string; bytes: number }[] {
  if (items.length <= SHOWN) return items;
  const rest = items.slice(SHOWN);
  return [...items.slice(0, SHOWN), { kind: `${rest.length} more`, bytes: rest.reduce((sum, { bytes }) => sum + bytes, 0) }];
}
