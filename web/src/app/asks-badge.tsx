import { Link } from "@tanstack/react-router";
import { MessageCircleQuestion } from "lucide-react";
import { isOpenAsk, viewAsks, type AskView } from "../../../src/projections/view-asks.ts";
import { useApp, useSelected } from "./app-context.ts";
import { agentViewsOf } from "./selectors.ts";
import { shownOf, type Snapshot } from "./store.ts";
import { useAnswer } from "./use-answer.ts";
import { useAskNews } from "./use-ask-news.ts";
import { useAskNotices } from "./use-ask-notices.ts";
import { useHidden } from "./use-hidden.ts";
import { useSteady } from "./use-steady.ts";
import "../ui/ask-list.css";
import { control } from "../mirror/control.ts";

const STEADY_MS = 300;
/** A hidden page folds nothing: what is over because its call is over is seen this late there. */
const HIDDEN_EVERY_MS = 30_000;
const LISTED = 50;

/** The asks that are open at the moment on screen, the longest waiting first. */
function openAsks(snapshot: Snapshot): readonly AskView[] {
  const { state, nowMs } = shownOf(snapshot);
  return [...state.sessions.values()]
    .filter((session) => session.asks.size > 0)
    .flatMap((session) => agentViewsOf(session, nowMs).flatMap((agent) => agent.asks))
    .toSorted((a, b) => ((a.opened_at ?? "") < (b.opened_at ?? "") ? -1 : 1));
}

const openNow = ({ live }: Snapshot): string =>
  [...live.sessions.values()]
    .flatMap((session) => viewAsks(session).filter(isOpenAsk))
    .map(({ ask_id, told_as }) => `${ask_id} ${told_as.length}`)
    .join("\n");
const isPastMoment = ({ past }: Snapshot): boolean => past !== undefined;

/** How much waits for a person, and the way to the inbox. Nothing while nothing does. */
export function AsksBadge() {
  const { isRecording = false } = useApp();
  const isPast = useSelected(isPastMoment);
  const pictured = useSteady(openAsks, STEADY_MS);
  const version = useSteady(openNow, STEADY_MS);
  const news = useAskNews();
  const isHidden = useHidden();
  const listed = useAnswer(
    "asks.list",
    { limit: LISTED },
    { version: `${news} ${version}`, isIdle: isRecording, isForHidden: true, ...(isHidden ? { everyMs: HIDDEN_EVERY_MS } : {}) },
  ).value;
  useAskNotices(listed?.items, listed?.open ?? 0);

  const isPictured = isPast || isRecording || listed === undefined;
  const count = isPictured ? pictured.length : listed.open;
  const first = isPictured ? pictured[0] : listed.items.at(-1);
  if (count === 0 || first === undefined) return null;
  const words = count === 1 ? "One agent waits for you" : `${count} agents wait for you`;
  return (
    <Link
      {...control("asks.badge")}
      {...(isRecording
        ? { to: "/", search: { agent: `${first.session_id} ${first.agent_id}` } }
        : { to: "/inbox", search: { ask: undefined, kind: undefined } })}
      className="asks-badge"
      title={`${words}\n${`${first.tool ?? first.kind} ${first.prompt ?? ""}`.trim()}`}
      data-testid="asks-badge"
    >
      <MessageCircleQuestion size={15} aria-hidden />
      <span className="num">{count}</span>
      <span className="unseen">{count === 1 ? "agent waits for you" : "agents wait for you"}</span>
    </Link>
  );
}
