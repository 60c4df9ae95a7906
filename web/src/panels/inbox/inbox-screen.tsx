import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Answer, AskRow } from "../../../../src/contract/operations/asks.ts";
import { decisionOf, isRisky, takesDecision } from "../../../../src/projections/ask-answers.ts";
import { useWhyNot } from "../../app/access.ts";
import { useApp, useSelected } from "../../app/app-context.ts";
import { askKinds, type InboxSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useKeys } from "../../app/use-keys.ts";
import { formatMoment } from "../../ui/format.ts";
import { Bone, Command, Notice, Problem } from "../../ui/states.tsx";
import "../../ui/page.css";
import { AskLine } from "./ask-line.tsx";
import { AskPanel } from "./ask-panel.tsx";
import { NotifyButton } from "./notify-button.tsx";
import { useAsks } from "./use-asks.ts";
import "./inbox.css";
import { control } from "../../mirror/control.ts";
import { useHeld } from "../../mirror/held.ts";

const noAsks: readonly string[] = [];
const clock = (snapshot: Snapshot): number => shownOf(snapshot).nowMs;

/** Everything that agents wait for people for: what, who wants it, since when; answered here by single keys. */
export function InboxScreen() {
  const { project, agent, kind, ask: picked } = useSearch({ from: "/inbox" });
  const navigate = useNavigate();
  const { client } = useApp();
  const mayAnswer = useWhyNot("asks.answer") === undefined;
  const nowMs = useSelected(clock);
  const asks = useAsks();
  const { isPast, isKnown, problem, retry, version } = asks;
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [answered, setAnswered] = useState<ReadonlySet<string>>(new Set());
  const [chosenIds, setChosenIds] = useHeld("inbox.chosen", noAsks);
  const chosen = new Set(chosenIds);
  const setChosen = (next: ReadonlySet<string>): void => setChosenIds([...next]);
  const [said, setSaid] = useState<{ readonly words: string; readonly isBad: boolean }>();

  const matches = (row: AskRow) =>
    (project === undefined || row.project === project) &&
    (agent === undefined || row.agent === agent) &&
    (kind === undefined || row.kind === kind);
  const waiting = asks.open.filter(({ ask_id }) => !answered.has(ask_id));
  const open = waiting.filter(matches);
  const decided = asks.decided.filter(matches);
  const isOf = (row: AskRow) => row.ask_id === picked || (picked !== undefined && row.told_as?.includes(picked) === true);
  // Who reads an ask keeps it before them when a more urgent one comes: a key must not answer what took its place.
  const [seen, setSeen] = useState<string>();
  const current = open.find(isOf) ?? decided.find(isOf) ?? open.find(({ ask_id }) => ask_id === seen) ?? open[0];
  if (current !== undefined && current.ask_id !== seen) setSeen(current.ask_id);
  const several = isPast || !mayAnswer ? [] : open.filter((row) => chosen.has(row.ask_id) && takesDecision(row));
  const isChoosable = (row: AskRow): boolean => !isPast && mayAnswer && takesDecision(row);
  const risky = several.filter(isRisky).length;
  const isFiltered = project !== undefined || agent !== undefined || kind !== undefined;

  const go = (patch: Partial<Record<keyof InboxSearch | "project", string | undefined>>) =>
    void navigate({ to: "/inbox", search: (old) => ({ ...old, ...patch }) as InboxSearch, replace: true });
  const move = (by: number) => {
    const list = [...open, ...decided];
    const at = list.findIndex((row) => row.ask_id === current?.ask_id);
    const next = list[Math.min(Math.max(0, at + by), list.length - 1)];
    if (next !== undefined) go({ ask: next.ask_id });
  };
  const toggle = (row: AskRow): void => {
    const next = new Set(chosen);
    if (!next.delete(row.ask_id)) next.add(row.ask_id);
    setChosen(next);
  };

  async function send(rows: readonly AskRow[], answerOf: (row: AskRow) => Answer): Promise<void> {
    const ids = rows.map(({ ask_id }) => ask_id);
    if (ids.some((id) => busy.has(id))) return;
    setBusy((old) => new Set([...old, ...ids]));
    const ended = await Promise.allSettled(
      rows.map((row) => client.call("asks.answer", { ask_id: row.ask_id, answer: answerOf(row), door: "page" })),
    );
    const done = ids.filter((_, index) => ended[index]!.status === "fulfilled");
    const failed = ended
      .filter((each) => each.status === "rejected")
      .map(({ reason }) => (reason instanceof Error ? reason.message : String(reason)));
    setBusy((old) => new Set([...old].filter((id) => !ids.includes(id))));
    setAnswered((old) => new Set([...old, ...done]));
    setChosen(new Set([...chosen].filter((id) => !ids.includes(id))));
    setSaid({
      words: failed.length > 0 ? failed.join(" ") : done.length === 1 ? "Answered." : `${done.length} asks answered.`,
      isBad: failed.length > 0,
    });
    // The next one is up; what somebody else decided stays on screen with how.
    if (failed.length === 0) go({ ask: undefined });
    retry();
  }

  useKeys({
    j: () => move(1),
    k: () => move(-1),
    o: () => {
      if (current?.session_id !== undefined) void navigate({ to: "/sessions/$sessionId", params: { sessionId: current.session_id } });
    },
    ...(isPast || !mayAnswer
      ? {}
      : {
          x: () => current !== undefined && takesDecision(current) && toggle(current),
          "*": () => setChosen(new Set(open.filter(takesDecision).map(({ ask_id }) => ask_id))),
          ...(several.length === 0
            ? picked === undefined
              ? {}
              : { Escape: () => go({ ask: undefined }) }
            : {
                y: () => void send(several, (row) => decisionOf(row, true)),
                n: () => void send(several, (row) => decisionOf(row, false)),
                Escape: () => setChosen(new Set()),
              }),
        }),
  });

  const names = (of: (row: AskRow) => string | undefined, now: string | undefined) =>
    [...new Set([...[...waiting, ...asks.decided].flatMap((row) => of(row) ?? []), ...(now === undefined ? [] : [now])])].toSorted();

  const body = () => {
    if (!isKnown && problem !== undefined) return <Problem what="The asks cannot be listed" why={problem} onRetry={retry} />;
    if (!isKnown) return <Skeleton />;
    if (open.length + decided.length === 0 && isFiltered)
      return (
        <Notice title="No ask matches">
          <p className="notice__text">
            {waiting.length + asks.decided.length} are hidden by{" "}
            {[project && `the project “${project}”`, agent && `the agent “${agent}”`, kind && `the kind “${kind}”`]
              .filter(Boolean)
              .join(" and ")}
            .
          </p>
          <button
            {...control("inbox.all")}
            type="button"
            className="button"
            onClick={() => go({ project: undefined, agent: undefined, kind: undefined })}
          >
            Clear the filter
          </button>
        </Notice>
      );
    if (open.length + decided.length === 0)
      return (
        <Notice title={isPast ? "Nobody was waiting for you yet" : "No agent has asked for anything yet"} testId="inbox-first">
          <p className="notice__text">
            When an agent wants leave to run a command or change a file, or has a question, it is put to you here and waits for your answer.
            Programs can ask too.
          </p>
          {!isPast && (
            <div className="commands">
              <Command line="orrery connect claude --answer" />
              <Command line='orrery ask "Deploy to production?" --yes-no' />
            </div>
          )}
        </Notice>
      );
    return (
      <div className="inbox__columns" data-open={picked !== undefined || undefined}>
        <div className="inbox__list" data-choosing={open.some(isChoosable) || undefined}>
          <section aria-label="Open asks">
            <h2 className="heading">
              {isPast ? "Waited for you then" : "Waiting for you"} <span className="num">{open.length}</span>
            </h2>
            {open.length === 0 && <p className="dim inbox__none">Nobody waits for you.</p>}
            <ul data-testid="asks-open">
              {open.map((row) => (
                <AskLine
                  key={row.ask_id}
                  row={row}
                  nowMs={nowMs}
                  isCurrent={row.ask_id === current?.ask_id}
                  isChosen={chosen.has(row.ask_id)}
                  onOpen={() => go({ ask: row.ask_id })}
                  {...(isChoosable(row) ? { onChoose: () => toggle(row) } : {})}
                />
              ))}
            </ul>
            {asks.count > asks.open.length && (
              <p className="dim">
                The latest {asks.open.length} of {asks.count} are shown.
              </p>
            )}
          </section>
          {decided.length > 0 && (
            <section aria-label="Decided asks">
              <h2 className="heading">Decided</h2>
              <ul data-testid="asks-decided">
                {decided.map((row) => (
                  <AskLine
                    key={row.ask_id}
                    row={row}
                    nowMs={nowMs}
                    isCurrent={row.ask_id === current?.ask_id}
                    isChosen={false}
                    onOpen={() => go({ ask: row.ask_id })}
                  />
                ))}
              </ul>
            </section>
          )}
        </div>
        {current === undefined ? (
          <p className="inbox__panel inbox__panel--none dim">Choose an ask to see how it was decided.</p>
        ) : (
          <AskPanel
            key={current.ask_id}
            row={current}
            nowMs={nowMs}
            isPast={isPast}
            isBusy={busy.has(current.ask_id)}
            version={version}
            isKeyed={several.length === 0}
            onAnswer={(row, answer, also = []) =>
              void send([row, ...asks.open.filter(({ ask_id }) => also.includes(ask_id))], (each) =>
                each.ask_id === row.ask_id ? answer : decisionOf(each, true),
              )
            }
            onBack={() => go({ ask: undefined })}
          />
        )}
      </div>
    );
  };

  return (
    <div className="inbox page" data-testid="inbox">
      <div className="page__head inbox__head">
        <h1 className="page__title">Inbox</h1>
        <output className="inbox__said" data-bad={said?.isBad === true || undefined}>
          {said?.words}
        </output>
        <NotifyButton />
        <Filter
          id="live.project"
          label="Project"
          all="All projects"
          value={project}
          names={names((row) => row.project, project)}
          onPick={(value) => go({ project: value })}
        />
        <Filter
          id="inbox.agent"
          label="Agent"
          all="All agents"
          value={agent}
          names={names((row) => row.agent, agent)}
          onPick={(value) => go({ agent: value })}
        />
        <Filter id="inbox.kind" label="Kind" all="All kinds" value={kind} names={askKinds} onPick={(value) => go({ kind: value })} />
      </div>
      {isPast && <p className="section__note">As it stood at {formatMoment(nowMs, nowMs)}. Nothing can be answered there.</p>}
      {several.length > 0 && (
        <section className="inbox__several" aria-label="Answer several asks">
          <span>
            <span className="num">{several.length}</span> selected
            {risky > 0 && (
              <span className="ask-line__risk">
                , <span className="num">{risky}</span> of high risk
              </span>
            )}
          </span>
          <button
            {...control("inbox.allow_chosen")}
            type="button"
            className="button button--primary"
            onClick={() => void send(several, (row) => decisionOf(row, true))}
          >
            Allow {several.length} <kbd aria-hidden>y</kbd>
          </button>
          <button
            {...control("inbox.deny_chosen")}
            type="button"
            className="button"
            onClick={() => void send(several, (row) => decisionOf(row, false))}
          >
            Deny {several.length} <kbd aria-hidden>n</kbd>
          </button>
          <button {...control("inbox.clear_chosen")} type="button" className="button" onClick={() => setChosen(new Set())}>
            Clear <kbd aria-hidden>Esc</kbd>
          </button>
        </section>
      )}
      {body()}
    </div>
  );
}

function Filter(props: {
  id: "live.project" | "inbox.agent" | "inbox.kind";
  label: string;
  all: string;
  value: string | undefined;
  names: readonly string[];
  onPick: (value: string | undefined) => void;
}) {
  const { id, label, all, value, names, onPick } = props;
  return (
    <select
      {...control(id)}
      className="filter"
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onPick(event.target.value || undefined)}
    >
      <option value="">{all}</option>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function Skeleton() {
  return (
    <div className="inbox__list" aria-busy="true">
      <span className="unseen">Loading asks</span>
      {["80%", "64%", "72%"].map((width) => (
        <Bone key={width} width={width} height={44} />
      ))}
    </div>
  );
}
