import type { State } from "../../../src/projections/state.ts";
import { formatAge } from "../ui/format.ts";
import { isShallowSame, useApp, useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";

const select = ({ connection, lastEventAtMs, clockMs, live }: Snapshot) => ({
  state: connection.state,
  attempt: "attempt" in connection ? connection.attempt : 0,
  retryInMs: connection.state === "waiting" ? Math.max(0, connection.retryAtMs - clockMs) : undefined,
  ageMs: ageOf(lastEventAtMs, live, clockMs),
});

const newest = new WeakMap<State, number>();

/** Since the last event that arrived; before any did, since the newest that the picture knows. */
function ageOf(lastEventAtMs: number | undefined, live: State, clockMs: number): number | undefined {
  if (lastEventAtMs !== undefined) return clockMs - lastEventAtMs;
  const known =
    newest.get(live) ?? Math.max(0, ...[...live.sessions.values()].map((session) => Date.parse(session.facts.last_at ?? "") || 0));
  newest.set(live, known);
  return known === 0 ? undefined : clockMs - known;
}

/** Whether what is seen is what happens, and how long ago anything did. */
export function ConnectionBadge() {
  const { isRecording } = useApp();
  const { state, attempt, retryInMs, ageMs } = useSelected(select, isShallowSame);
  const { word, number, title } = describe();
  return (
    <output className="connection" data-testid="connection" data-state={state} title={title} aria-label={`Connection: ${word}`}>
      <span className="connection__dot" aria-hidden />
      <span>{word}</span>
      {number !== undefined && (
        <span className="num" aria-hidden>
          {number}
        </span>
      )}
    </output>
  );

  function describe(): { word: string; number?: string; title: string } {
    if (isRecording === true) return { word: "recording", title: "One session in a file: nothing here asks for anything" };
    if (state === "live")
      return {
        word: "live",
        ...(ageMs === undefined ? {} : { number: formatAge(ageMs) }),
        title: ageMs === undefined ? "Connected; no event yet" : "Connected; time since the last event",
      };
    if (state === "waiting")
      return { word: "offline", number: formatAge(retryInMs), title: `No answer. Attempt ${attempt + 1} follows when the countdown ends.` };
    if (state === "stopped") return { word: "stopped", title: "The connection is closed. Reload the page to open it again." };
    return { word: state === "syncing" ? "syncing" : "connecting", title: "Fetching the picture" };
  }
}
