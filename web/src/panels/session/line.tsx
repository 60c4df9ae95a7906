import { memo } from "react";
import { useParams } from "@tanstack/react-router";
import { Check, ChevronRight, CircleDashed, X } from "lucide-react";
import { previewOf } from "../../../../src/contract/text.ts";
import { partsOf, type Message } from "../../../../src/projections/messages.ts";
import type { AgentView } from "../../../../src/projections/views.ts";
import { useApp } from "../../app/app-context.ts";
import { clip, formatClock, formatDuration, formatModel } from "../../ui/format.ts";
import { Markdown } from "../../ui/markdown.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { StatusWord } from "../live/inspector.tsx";
import { CallAsks } from "./call-asks.tsx";
import { CallFold } from "./call-fold.tsx";
import type { Row } from "./row.ts";
import { Picture } from "./picture.tsx";
import { RowTools } from "./row-tools.tsx";
import { TurnLine, type TurnMoney } from "./turn-line.tsx";
import { LongText } from "../../ui/long-text.tsx";
import { control } from "../../mirror/control.ts";

export interface LineProps {
  readonly row: Row;
  readonly nowMs: number;
  readonly target: string | undefined;
  readonly opened: ReadonlySet<string>;
  /** By turn; undefined until the daemon has told. */
  readonly money: ReadonlyMap<string, TurnMoney> | undefined;
  /** Keys of what is pinned. */
  readonly pins: ReadonlySet<string>;
  onToggle(key: string, isOpen: boolean): void;
}

const marks = { compacted: "Context compacted", model_failed: "Model request failed", injected: "Read", skill: "Skill" } as const;

/** Drawn again only when something of it changed: while the list is scrolled, most of its rows stay. */
export const Line = memo(function Line({ row, nowMs, target, opened, money, pins, onToggle }: LineProps) {
  const { sessionId } = useParams({ strict: false });
  const { isRecording } = useApp();
  return (
    <div className="line" data-depth={row.depth} style={{ ["--depth" as string]: row.depth }}>
      <div className="line__inner">
        {row.kind === "message" && <Said message={row.message} isOwn={row.depth === 0} />}
        {row.kind === "call" && (
          <>
            <CallFold
              call={row.call}
              nowMs={nowMs}
              isTarget={target === row.call.call_id}
              isOpen={opened.has(row.call.call_id)}
              onToggle={(isOpen) => onToggle(row.call.call_id, isOpen)}
            />
            <CallAsks asks={row.asks} nowMs={nowMs} />
          </>
        )}
        {row.kind === "ask" && <CallAsks asks={[row.ask]} nowMs={nowMs} />}
        {row.kind === "mark" && (
          <div className="mark-line" data-kind={row.mark.kind}>
            {marks[row.mark.kind]}
            {row.mark.text !== "" && `: ${row.mark.text}`}
          </div>
        )}
        {row.kind === "turn" && <TurnLine row={row} money={money?.get(row.turn.turn_id)} nowMs={nowMs} />}
        {row.kind === "agent" && (
          <button
            {...control("session.fold_agent", row.agent.agent_id)}
            type="button"
            className="agent-line"
            aria-expanded={row.isOpen}
            onClick={() => onToggle(row.agent.agent_id, !row.isOpen)}
          >
            <ChevronRight size={13} className="fold__arrow" aria-hidden />
            <AgentIcon agent={row.agent} />
            <span>
              <b>{row.agent.label}</b> <span className="dim mono">{row.agent.model === undefined ? "" : formatModel(row.agent.model)}</span>
            </span>
            {row.agent.background === true && <span className="dim">in the background</span>}
            {row.agent.edge === "inferred" && (
              <span className="dim" title="No source has named the parent of this agent: its place is worked out">
                place inferred
              </span>
            )}
            <StatusWord agent={row.agent} />
            <span className="num">
              {row.rows} {row.rows === 1 ? "entry" : "entries"} ·{" "}
              {formatDuration(
                (row.agent.ended_at === undefined ? nowMs : Date.parse(row.agent.ended_at)) - Date.parse(row.agent.spawned_at),
              )}
            </span>
          </button>
        )}
        {sessionId !== undefined && isRecording !== true && (row.kind === "message" || row.kind === "call") && (
          <RowTools row={row} sessionId={sessionId} isPinned={pins.has(row.key)} />
        )}
      </div>
    </div>
  );
});

/** How a sub-agent stands; its word is beside it. */
function AgentIcon({ agent }: { agent: AgentView }) {
  const [Icon, colour] =
    agent.status !== "ended" || agent.outcome === undefined
      ? [CircleDashed, "var(--dim)"]
      : agent.outcome === "completed"
        ? [Check, "var(--ok)"]
        : agent.outcome === "partial"
          ? [CircleDashed, "var(--partial)"]
          : [X, "var(--fail)"];
  return <Icon size={13} strokeWidth={2.5} style={{ color: colour, flex: "none" }} aria-hidden />;
}

/** What an agent program told its own agent, such as the end of a background task: folded under its summary, where it has one. */
function Notified({ message }: { message: Message }) {
  const words = partsOf(message).flatMap((part) => ("text" in part && part.text !== undefined ? [part.text] : []));
  const first = previewOf(words[0] ?? "");
  const summary = /<(?:summary)>([^<]+)</.exec(first)?.[1] ?? first;
  return (
    <details className="fold fold--thinking">
      <summary {...control("view.fold")}>
        <ChevronRight size={13} className="fold__arrow" aria-hidden />
        <span className="fold__words">Notification: {clip(summary.trim(), 120)}</span>
      </summary>
      <div className="fold__body">
        {words.map((text, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- parts have no names and never move
          <LongText key={index} text={text}>
            {(whole) => <p className="prose">{safeText(whole)}</p>}
          </LongText>
        ))}
      </div>
    </details>
  );
}

function Said({ message, isOwn }: { message: Message; isOwn: boolean }) {
  if (message.role === "system") return <Notified message={message} />;
  const parts = partsOf(message);
  const isUser = message.role === "user";
  return (
    <div className={isUser ? "said said--user" : "said"}>
      {isUser && (
        <div className="said__who">
          <span>{isOwn ? "You" : "Task"}</span>
          <span className="num">{formatClock(Date.parse(message.at))}</span>
        </div>
      )}
      {parts.map((part, index) => {
        const key = `${part.kind} ${index}`;
        if (part.kind === "thinking")
          return (
            <details key={key} className="fold fold--thinking">
              <summary {...control("view.fold")}>
                <ChevronRight size={13} className="fold__arrow" aria-hidden />
                <span className="fold__words">
                  {previewOf(part.text) === "" ? "Thought, not told" : `Thought: ${clip(previewOf(part.text), 120)}`}
                </span>
              </summary>
              <div className="fold__body">
                <LongText text={part.text}>{(words) => <p className="prose">{safeText(words)}</p>}</LongText>
              </div>
            </details>
          );
        if (part.kind === "image")
          return (
            <p key={key}>
              <Picture text={part.text} name={`Image in ${isUser ? "the prompt" : "the answer"}`} />
            </p>
          );
        if (part.kind === "file")
          return (
            <p key={key}>
              <span className="markdown__image">file: {part.name ?? part.media_type ?? "unnamed"}</span>
            </p>
          );
        return (
          <LongText key={key} text={part.text}>
            {(words) => (isUser ? <p className="prose">{safeText(words)}</p> : <Markdown text={words} />)}
          </LongText>
        );
      })}
    </div>
  );
}
