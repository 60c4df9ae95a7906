import { CircleDashed, CirclePause, Plug, RefreshCw, TriangleAlert, type LucideIcon } from "lucide-react";
import { formatAge, formatCount, formatDuration, whole } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { Command } from "../../ui/states.tsx";
import type { Status } from "./system.tsx";
import { control } from "../../mirror/control.ts";

type Source = Status["sources"][number];

const shapes: Record<Source["state"], { icon: LucideIcon; colour: string }> = {
  connected: { icon: Plug, colour: "var(--ok)" },
  reading: { icon: RefreshCw, colour: "var(--brass)" },
  waiting: { icon: CircleDashed, colour: "var(--dim)" },
  failing: { icon: TriangleAlert, colour: "var(--fail)" },
  stopped: { icon: CirclePause, colour: "var(--fail)" },
};
const order = ["failing", "stopped", "reading", "connected", "waiting"] as const;

/** Where facts come from: who still delivers, how late, and what could not be taken. Those that never delivered are one line. */
export function Sources({ sources, programs, nowMs }: { sources: readonly Source[]; programs: Status["programs"]; nowMs: number }) {
  const versions = new Map(programs.map(({ app, version }) => [app, version]));
  const known = sources
    .filter(({ state, records }) => state !== "waiting" || records > 0)
    .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const silent = sources.filter((source) => !known.includes(source));
  return (
    <section className="section" aria-labelledby="sources">
      <div className="section__head">
        <h2 className="section__title" id="sources">
          Sources
        </h2>
        <span className="section__note">counted since the daemon started</span>
      </div>
      {known.length === 0 ? (
        <div className="system__none">
          <p>
            No agent program has told anything since the daemon started; what was imported is not counted here. Connect one, or look for
            what is missing:
          </p>
          <div className="commands">
            <Command line="orrery connect claude" />
            <Command line="orrery doctor" />
          </div>
        </div>
      ) : (
        <div className="table-box">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col">State</th>
                <th scope="col" data-num>
                  Last record
                </th>
                <th scope="col" data-num title="How long the last record waited between its writing and its storing">
                  Lag
                </th>
                <th scope="col" data-num title="Foreign records read">
                  Records
                </th>
                <th scope="col" data-num title="Events that were new to the log">
                  New events
                </th>
                <th scope="col" data-num title="Events that another source, or an earlier reading, had told already">
                  Known
                </th>
                <th scope="col" data-num title="Records that gave no fact and were kept as they came">
                  Kept
                </th>
                <th scope="col" data-num title="Records that could not be read">
                  Rejected
                </th>
              </tr>
            </thead>
            <tbody>
              {known.map((source) => (
                <SourceRow key={source.name} source={source} version={versions.get(source.format.split("/")[0]!)} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {silent.length > 0 && known.length > 0 && (
        <details className="system__silent">
          <summary {...control("system.silent")}>
            {silent.length} more {silent.length === 1 ? "source has" : "sources have"} delivered nothing yet
          </summary>
          <ul>
            {silent.map(({ name, format, detail }) => (
              <li key={name}>
                {name} <span className="mono dim">{format}</span> {detail !== undefined && <span className="dim">{detail}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function SourceRow({ source, version, nowMs }: { source: Source; version: string | undefined; nowMs: number }) {
  const { icon: Icon, colour } = shapes[source.state];
  const counts = [source.records, source.events, source.duplicates, source.kept];
  return (
    <tr data-testid={`source-${source.name}`} data-state={source.state}>
      <td>
        {source.name}
        <small className="mono">{source.format}</small>
        {version !== undefined && <small title="What its latest session told">version {safeText(version)}</small>}
      </td>
      <td>
        <span className="shaped">
          <Icon size={14} color={colour} aria-hidden /> {source.state}
        </span>
        {source.detail !== undefined && <small className="system__detail">{source.detail}</small>}
      </td>
      <td className="num" title={source.last_record_at}>
        {source.last_record_at === undefined ? "never" : `${formatAge(Math.max(0, nowMs - Date.parse(source.last_record_at)))} ago`}
      </td>
      <td className="num" title={source.lag_ms === undefined ? "Not known" : `${whole(source.lag_ms)} ms`}>
        {formatDuration(source.lag_ms)}
      </td>
      {counts.map((count, index) => (
        <td key={["records", "events", "known", "kept"][index]} className="num" title={whole(count)}>
          {formatCount(count)}
        </td>
      ))}
      <td className="num" data-bad={source.rejected > 0 || undefined} title={whole(source.rejected)}>
        {formatCount(source.rejected)}
      </td>
    </tr>
  );
}
