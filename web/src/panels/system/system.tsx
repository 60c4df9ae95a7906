import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { NowNote } from "../../app/now-note.tsx";
import { useAnswer } from "../../app/use-answer.ts";
import { formatBytes, formatCount, formatDuration, formatMoment, UNKNOWN, whole } from "../../ui/format.ts";
import { Bone, Problem } from "../../ui/states.tsx";
import "../../ui/page.css";
import { AlertRules } from "./alert-rules.tsx";
import { Doors } from "./doors.tsx";
import { Imports } from "./imports.tsx";
import { Settings } from "./settings.tsx";
import { Sources } from "./sources.tsx";
import { Storage } from "./storage.tsx";
import "./system.css";
import { Unread } from "./unread.tsx";
import { useFrameTime } from "./use-frame-time.ts";
import { control } from "../../mirror/control.ts";

export type Status = OutputFor<"status.get">;

const STATUS_EVERY_MS = 2_000;
const clock = ({ clockMs }: Snapshot): number => clockMs;

/** What Orrery itself does: where its facts come from, and what it costs this machine. It is always about now. */
export function System() {
  const nowMs = useSelected(clock);
  const { value: status, problem, retry } = useAnswer("status.get", {}, { everyMs: STATUS_EVERY_MS });
  if (status === undefined && problem !== undefined)
    return <Problem what="The daemon does not say how it does" why={problem} onRetry={retry} />;
  if (status === undefined) return <SystemSkeleton />;
  return (
    <div className="page" data-testid="system">
      <div className="page__inner page__inner--wide">
        <div className="page__head">
          <h1 className="page__title">System</h1>
          <span className="section__note">
            Orrery <span className="num">{status.version}</span>, protocol <span className="num">{status.protocol}</span>, process{" "}
            <span className="num">{status.pid}</span>
          </span>
        </div>
        {problem !== undefined && (
          <p className="system__problem" role="alert">
            These figures are old: {problem}{" "}
            <button {...control("view.retry")} type="button" className="linkish" onClick={retry}>
              Try again
            </button>
          </p>
        )}
        <NowNote what="Everything here is" />
        <Figures status={status} nowMs={nowMs} />
        <Imports nowMs={nowMs} />
        <Sources sources={status.sources} programs={status.programs} nowMs={nowMs} />
        <Unread unknown={status.unknown_records} head={status.head} nowMs={nowMs} />
        <Programs programs={status.programs} nowMs={nowMs} />
        <AlertRules />
        <Storage head={status.head} />
        <Doors status={status} />
        <Settings settings={status.settings} />
      </div>
    </div>
  );
}

function Figures({ status, nowMs }: { status: Status; nowMs: number }) {
  const frame = useFrameTime();
  const { queue, hooks, catalog } = status;
  return (
    <dl className="figures system__figures">
      <Figure
        word="Running for"
        value={formatDuration(nowMs - Date.parse(status.started_at))}
        more={`since ${formatMoment(Date.parse(status.started_at), nowMs)}`}
        full={status.started_at}
      />
      <Figure
        word="Events"
        value={formatCount(status.head)}
        more={`in ${whole(status.sessions)} sessions`}
        full={`The last event is number ${whole(status.head)}`}
      />
      <Figure
        word="Processor"
        value={status.cpu_percent === undefined ? UNKNOWN : `${Math.round(status.cpu_percent)} %`}
        more="of one core"
        full="The daemon's share since the last look"
      />
      <Figure
        word="Memory"
        value={formatBytes(status.memory_bytes)}
        more="held by the daemon"
        full={`${whole(status.memory_bytes)} bytes`}
      />
      <Figure
        word="Event-loop lag"
        value={formatDuration(status.loop_lag_ms)}
        more="worst since the last look"
        full={`${status.loop_lag_ms} ms`}
      />
      <Figure
        word="Queue"
        value={formatCount(queue.events)}
        more={queue.refused === 0 ? `of ${formatCount(queue.limit)} may wait` : `${formatCount(queue.refused)} were refused`}
        full={`${whole(queue.events)} events wait for the disk; ${whole(queue.limit)} may. ${whole(queue.refused)} were refused since the start.`}
        isBad={queue.refused > 0}
      />
      <Figure
        word="Hooks wait for us"
        value={formatDuration(hooks.median_ms)}
        more={hooks.p95_ms === undefined ? "no hook was answered yet" : `95 of 100 under ${formatDuration(hooks.p95_ms)}`}
        full={
          hooks.max_ms === undefined
            ? "How long an agent waits for the answer to a hook"
            : `Median of the last thousand of ${whole(hooks.answered)} answers; the slowest took ${hooks.max_ms} ms`
        }
      />
      <Figure
        word="Frame of this page"
        value={frame === undefined ? UNKNOWN : formatDuration(frame.frame_ms)}
        more={frame === undefined ? "measuring" : `worst ${formatDuration(frame.longest_ms)}`}
        full={
          frame === undefined ? "Measured each second" : `Median of the last second; 95 of 100 took under ${frame.p95_ms.toFixed(1)} ms`
        }
      />
      <Figure
        word="Connections"
        value={whole(status.connections)}
        more={status.connections === 1 ? "this page" : "pages and programs"}
        full="Open WebSocket connections"
      />
      <Figure
        word="Lists and search"
        value={catalog === undefined ? UNKNOWN : catalog.lag === 0 ? "level" : `${formatCount(catalog.lag)} behind`}
        more={catalog === undefined ? "do not answer" : catalog.lag === 0 ? "with the log" : `for ${formatDuration(catalog.behind_ms)}`}
        full={`Written behind the log, up to event ${catalog === undefined ? UNKNOWN : whole(catalog.indexed_to)} of ${whole(status.head)}`}
        isBad={catalog === undefined}
      />
      <Figure
        word="Log on disk"
        value={formatBytes(status.log_bytes)}
        more="with its journal"
        full={`${whole(status.log_bytes)} bytes in ${status.home}`}
      />
    </dl>
  );
}

function Figure({ word, value, more, full, isBad }: { word: string; value: string; more: string; full: string; isBad?: boolean }) {
  return (
    <div className="figure" title={full} data-bad={isBad || undefined}>
      <dt>{word}</dt>
      <dd>
        {value}
        <small>{more}</small>
      </dd>
    </div>
  );
}

function Programs({ programs, nowMs }: { programs: Status["programs"]; nowMs: number }) {
  if (programs.length === 0) return null;
  return (
    <section className="section">
      <div className="section__head">
        <h2 className="section__title">Agent programs</h2>
        <span className="section__note">each with the version that its latest session told</span>
      </div>
      <div className="table-box">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Program</th>
              <th scope="col">Version</th>
              <th scope="col" data-num>
                Sessions
              </th>
              <th scope="col" data-num>
                Last seen
              </th>
            </tr>
          </thead>
          <tbody>
            {programs.map(({ app, version, sessions, last_at }) => (
              <tr key={app}>
                <td>{app}</td>
                <td className="mono">{version ?? UNKNOWN}</td>
                <td className="num">{whole(sessions)}</td>
                <td className="num" title={last_at}>
                  {last_at === undefined ? UNKNOWN : formatMoment(Date.parse(last_at), nowMs)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SystemSkeleton() {
  return (
    <div className="page" aria-busy="true">
      <div className="page__inner page__inner--wide">
        <span className="unseen">Loading</span>
        <Bone width={120} height={20} />
        <div className="figures system__figures" style={{ marginTop: 24 }}>
          {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
            <div key={key} style={{ display: "grid", gap: 8 }}>
              <Bone width="60%" />
              <Bone width="80%" height={22} />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
