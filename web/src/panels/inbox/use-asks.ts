import type { AskRow } from "../../../../src/contract/operations/asks.ts";
import type { Session } from "../../../../src/projections/session.ts";
import { viewAsks } from "../../../../src/projections/view-asks.ts";
import { useSelected } from "../../app/app-context.ts";
import { agentViewsOf, sessionViewOf } from "../../app/selectors.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { useAskNews } from "../../app/use-ask-news.ts";
import { usePast } from "../../app/use-past.ts";
import { useSteady } from "../../app/use-steady.ts";
import { byText } from "../../../../src/lib/by-text.ts";
import { inOrder } from "./ask-order.ts";

const OPEN = 200;
const DECIDED = 50;
const STEADY_MS = 150;

export interface Asks {
  /** The most urgent first, as `inOrder` says. */
  readonly open: readonly AskRow[];
  /** The latest first. */
  readonly decided: readonly AskRow[];
  /** How many are open in all, were they more than are listed. */
  readonly count: number;
  readonly isKnown: boolean;
  readonly isPast: boolean;
  readonly problem: string | undefined;
  readonly retry: () => void;
  /** Changes whenever something is asked or decided. */
  readonly version: string;
}

const asking = ({ live }: Snapshot): string =>
  [...live.sessions.values()]
    .flatMap((session) => viewAsks(session).map(({ ask_id, state, told_as }) => `${ask_id} ${state} ${told_as.length}`))
    .join("\n");
const pictured = (snapshot: Snapshot) => shownOf(snapshot).state;

/** Every ask of the moment on screen: those of the present as the daemon lists them, those of a past moment as they stood then. */
export function useAsks(): Asks {
  const at = usePast();
  const version = `${useAskNews()}\n${useSteady(asking, STEADY_MS)}`;
  const { sessions } = useSelected(pictured);
  const isPast = at !== undefined;
  const open = useAnswer("asks.list", { state: "open", limit: OPEN }, { version, isIdle: isPast });
  const over = useAnswer("asks.list", { state: "closed", limit: DECIDED }, { version, isIdle: isPast });
  const all = useAnswer("asks.list", { state: "all", limit: OPEN }, { isIdle: !isPast });
  const retry = () => [open, over, all].forEach((each) => each.retry());
  const rows = isPast
    ? [
        ...[...sessions.values()].flatMap((session) => rowsAt(session, Date.parse(at))),
        ...(all.value?.items ?? []).filter(({ session_id }) => session_id === undefined).flatMap((row) => asOf(row, at)),
      ]
    : [...(open.value?.items ?? []), ...(over.value?.items ?? [])];
  const opened = inOrder(rows.filter(({ state }) => state === "open"));
  const source = isPast ? all : open;
  return {
    open: opened,
    decided: rows
      .filter(({ state }) => state === "closed")
      .toSorted((a, b) => byText(b.decided_at ?? b.opened_at, a.decided_at ?? a.opened_at))
      .slice(0, DECIDED),
    count: isPast ? opened.length : (open.value?.open ?? opened.length),
    isKnown: source.value !== undefined,
    isPast,
    problem: source.value === undefined ? source.problem : undefined,
    retry,
    version: `${version}\n${open.value?.items.map(({ ask_id }) => ask_id).join(" ") ?? ""}`,
  };
}

/** Asks of a session of the picture, with the names that a list gives them. */
function rowsAt(session: Session, nowMs: number): AskRow[] {
  const asks = viewAsks(session);
  if (asks.length === 0) return [];
  const labels = new Map(agentViewsOf(session, nowMs).map(({ agent_id, label }) => [agent_id, label]));
  const { title } = sessionViewOf(session, nowMs);
  return asks.map((ask) => ({
    ...ask,
    told_as: [...ask.told_as],
    is_held: false,
    session: title,
    agent: labels.get(ask.agent_id) ?? ask.agent_id,
    ...(session.facts.project === undefined ? {} : { project: session.facts.project }),
  }));
}

/** An ask as it stood at a moment: absent before it was put, open until it was decided. */
function asOf(row: AskRow, at: string): AskRow[] {
  if ((row.opened_at ?? "") > at) return [];
  if (row.state === "open" || (row.decided_at ?? "") <= at) return [row];
  const { decided_at: _at, outcome: _outcome, by: _by, door: _door, wait_ms: _wait, ...then } = row;
  return [{ ...then, state: "open" }];
}
