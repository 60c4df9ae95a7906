import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useEffect, useState } from "react";
import type { Answer, AskDetail, AskRow } from "../../../../src/contract/operations/asks.ts";
import { decisionOf, takesDecision } from "../../../../src/projections/ask-answers.ts";
import type { ElementId } from "../../../../src/contract/ui/index.ts";
import { previewOf } from "../../../../src/contract/text.ts";
import { useWhyNot } from "../../app/access.ts";
import { Allowed } from "../../app/allowed.tsx";
import { useAnswer } from "../../app/use-answer.ts";
import { useKeys } from "../../app/use-keys.ts";
import { EditDiffs, hasDiff } from "../../ui/edit-diff.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { Bone } from "../../ui/states.tsx";
import { Value } from "../../ui/value.tsx";
import { AnswerForm, type FormName } from "./answer-forms.tsx";
import { choicesOf } from "./answers.ts";
import { Chain, decidedWords, Waiting } from "./ask-words.tsx";
import { control } from "../../mirror/control.ts";
import { useHeld } from "../../mirror/held.ts";

/** A key that was meant for the ask before must not answer the one that took its place. */
const SETTLE_MS = 250;

/** One ask with all that is needed to decide, and the ways to answer it. */
export function AskPanel({
  row,
  nowMs,
  isPast,
  isBusy,
  version,
  onAnswer,
  onBack,
  isKeyed,
}: {
  row: AskRow;
  nowMs: number;
  isPast: boolean;
  isBusy: boolean;
  version: string;
  onAnswer: (row: AskRow, answer: Answer, also?: readonly string[]) => void;
  onBack: () => void;
  /** Its single keys are its own, not those of several asks together. */
  isKeyed: boolean;
}) {
  const { ask_id } = row;
  const asked = useAnswer("asks.get", { ask_id }, { version, isIdle: isPast });
  const known = asked.value?.ask_id === ask_id || asked.value?.told_as?.some((id) => row.told_as?.includes(id)) === true;
  // What is told of it later than it is known in full, such as that it is over, holds.
  const ask: AskDetail = { ...(known ? asked.value : {}), ...row };
  const description = (ask.input as { readonly description?: unknown } | undefined)?.description;
  return (
    <section className="inbox__panel" aria-label="The ask" data-testid="ask-panel" data-ask={ask_id}>
      <div className="inbox__words">
        <p className="inbox__bar">
          <button
            {...control("inbox.back")}
            type="button"
            className="button button--icon inbox__back"
            onClick={onBack}
            aria-label="All asks"
          >
            <ArrowLeft size={15} aria-hidden />
          </button>
          <Chain ask={ask} />
        </p>
        <h2 className="inbox__title">
          {titles[ask.kind] ?? ask.kind} {ask.tool !== undefined && <span className="inbox__tool">{safeText(ask.tool)}</span>}
          {ask.risk !== undefined && (
            <span
              className="inbox__risk"
              data-risk={ask.risk}
              title={ask.risk_because === undefined ? undefined : "Estimated by its words"}
            >
              Risk: {safeText(ask.risk)}
              {ask.risk_because !== undefined && `, ${safeText(ask.risk_because)}`}
            </span>
          )}
        </h2>
        <p className="dim">{ask.state === "open" ? <Waiting ask={ask} nowMs={nowMs} /> : decidedWords(ask, nowMs)}</p>
        {typeof description === "string" && <p>{safeText(description)}</p>}
        {ask.because !== undefined && <p className="dim">Asked because of {safeText(String(ask.because))}</p>}
        {!known && asked.isLoading && !isPast ? <Bone width="80%" height={60} /> : <What ask={ask} />}
        {asked.problem !== undefined && !known && (
          <p role="alert">
            It cannot be read whole: {asked.problem}{" "}
            <button {...control("view.retry")} type="button" className="linkish" onClick={asked.retry}>
              Try again
            </button>
          </p>
        )}
        {ask.answer !== undefined && <Value label="The answer" value={ask.answer} />}
        {ask.reason !== undefined && <p className="dim">{safeText(ask.reason)}</p>}
        {ask.session_id !== undefined && (
          <p>
            <Link
              {...control("inbox.open_session", ask.session_id)}
              to="/sessions/$sessionId"
              params={{ sessionId: ask.session_id }}
              className="linkish"
            >
              Open session
            </Link>{" "}
            <kbd>o</kbd>
          </p>
        )}
      </div>
      {ask.state === "open" && !isPast && (
        // What was begun for one ask is not sent for another.
        <Tools
          key={ask_id}
          ask={ask}
          isBusy={isBusy || (!known && ask.is_held)}
          isKeyed={isKeyed}
          onAnswer={(answer, also) => onAnswer(ask, answer, also)}
        />
      )}
    </section>
  );
}

const titles: Readonly<Record<string, string>> = {
  permission: "May it use",
  question: "Question",
  plan: "Plan to approve",
  gate: "Gate",
  quota: "Budget",
  collision: "Collision",
  review: "Review",
};

/** The very command, change or words that are asked about. */
function What({ ask }: { ask: AskDetail }) {
  const call = { input: ask.input } as Parameters<typeof EditDiffs>[0]["call"];
  const isDiff = ask.input !== undefined && hasDiff(call);
  return (
    <div className="inbox__what">
      {ask.prompt !== undefined && !repeatsInput(ask) && !isAmong(ask.prompt, ask.questions) && (
        <Prompt kind={ask.kind} words={ask.prompt} />
      )}
      {isDiff && <EditDiffs call={call} />}
      {ask.input !== undefined && !isDiff && ask.questions === undefined && <Value label="Exactly this" value={ask.input} />}
      {ask.preview !== undefined && <Value label="Preview" value={ask.preview} />}
      {ask.questions !== undefined && ask.questions.length > 1 && (
        <ol className="inbox__questions">
          {ask.questions.map(({ question }, index) => (
            <li key={index}>{safeText(previewOf(question))}</li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** Whether the words of a permission are only a line of its input, which stands below in full: what a program wrote as its reason is not. */
function repeatsInput({ kind, prompt = "", tool, input }: AskDetail): boolean {
  if (kind !== "permission" || input === undefined) return false;
  const plain = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
  const words = plain(prompt).replace(/…$/, "");
  const values = typeof input === "object" && input !== null ? Object.values(input as object) : [input];
  return words === (tool ?? "") || values.some((value) => typeof value === "string" && plain(value).includes(words));
}

/** A plan is written in markdown; what else is asked stays as it was written, so that nothing of it is hidden. */
function Prompt({ kind, words }: { kind: string; words: string }) {
  return kind === "plan" ? <Markdown text={words} /> : <p className="inbox__prompt">{safeText(words)}</p>;
}

/** Said again as one of several questions. */
function isAmong(prompt: string, questions: AskDetail["questions"] = []): boolean {
  return questions.length > 1 && questions.some(({ question }) => question === prompt);
}

function Tools({
  ask,
  isBusy: isSending,
  isKeyed,
  onAnswer,
}: {
  ask: AskDetail;
  isBusy: boolean;
  isKeyed: boolean;
  onAnswer: (answer: Answer, also?: readonly string[]) => void;
}) {
  const [held, setHeld] = useHeld<FormName | "none">("inbox.form", "none");
  const form = held === "none" ? undefined : held;
  const setForm = (next: FormName | undefined): void => setHeld(next ?? "none");
  useEffect(() => () => setHeld("none"), [setHeld]);
  const [isSettled, setSettled] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(true), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  const isBusy = isSending || !isSettled;
  const isDecision = takesDecision(ask);
  const choices = ask.is_held && ask.kind === "question" ? choicesOf(ask) : [];
  const canEdit = isDecision && ask.kind === "permission" && ask.input !== undefined && ask.takes_input !== false;
  const canKeep = isDecision && ask.kind === "permission" && ask.session_id !== undefined && ask.tool !== undefined;
  // An answer that must be one of the options cannot be written.
  const canReply = ask.is_held && ask.kind === "question" && (ask.options ?? []).length === 0;
  const say = (answer: Answer) => isBusy || onAnswer(answer);
  const whyNot = useWhyNot("asks.answer");
  const isOff = form !== undefined || !isKeyed || whyNot !== undefined;
  useKeys(
    isOff
      ? {}
      : {
          ...(isDecision ? { y: () => say(decisionOf(ask, true)) } : {}),
          n: () => say(decisionOf(ask, false)),
          d: () => setForm("guide"),
          ...(canEdit ? { m: () => setForm("edit") } : {}),
          ...(canKeep ? { Y: () => setForm("always") } : {}),
          ...(canReply ? { r: () => setForm("reply") } : {}),
          ...Object.fromEntries(choices.slice(0, 9).map(({ value }, index) => [String(index + 1), () => say({ value })])),
        },
  );
  if (!ask.is_held)
    return (
      <p className="inbox__tools dim" data-testid="not-held">
        <span>
          It can only be answered where the agent works: Orrery has seen it asked, and nothing waits for an answer here. After{" "}
          <code>orrery connect claude --answer</code>, or the same with <code>codex</code>, agents wait for yours; those of an opencode
          server that Orrery follows do so by themselves.
        </span>
      </p>
    );
  if (form !== undefined)
    return (
      <div className="inbox__tools">
        <AnswerForm name={form} ask={ask} isBusy={isBusy} onAnswer={onAnswer} onLeave={() => setForm(undefined)} />
      </div>
    );
  const denials = (
    <>
      <Tool id="inbox.deny" keys="n" words="Deny" isBusy={isBusy} act={() => say(decisionOf(ask, false))} />
      <Tool id="inbox.guide" keys="d" words="Deny with guidance" isBusy={isBusy} act={() => setForm("guide")} />
    </>
  );
  return (
    <div className="inbox__tools" data-testid="answer-tools" data-keyless={!isKeyed || undefined}>
      <Allowed to="asks.answer">
        {isDecision && (
          <>
            <Tool
              id="inbox.allow"
              primary
              keys="y"
              words={ask.kind === "permission" ? "Allow once" : "Approve"}
              isBusy={isBusy}
              act={() => say(decisionOf(ask, true))}
            />
            {denials}
          </>
        )}
        {canEdit && <Tool id="inbox.edit" keys="m" words="Allow with edits" isBusy={isBusy} act={() => setForm("edit")} />}
        {canKeep && <Tool id="inbox.always" keys="Y" words="Always allow" isBusy={isBusy} act={() => setForm("always")} />}
        {choices.map(({ words, more, value }, index) => (
          <Tool
            id="inbox.choose"
            item={typeof value === "string" ? value : words}
            key={index}
            keys={index < 9 ? String(index + 1) : ""}
            words={safeText(words)}
            {...(more === undefined ? {} : { more: safeText(more) })}
            isBusy={isBusy}
            act={() => say({ value })}
          />
        ))}
        {canReply && (
          <Tool
            id="inbox.reply"
            keys="r"
            words={choices.length > 0 ? "Answer in words" : "Answer"}
            primary={choices.length === 0}
            isBusy={isBusy}
            act={() => setForm("reply")}
          />
        )}
        {!isDecision && denials}
      </Allowed>
    </div>
  );
}

function Tool(props: {
  id: ElementId;
  item?: string;
  keys: string;
  words: string;
  more?: string;
  primary?: boolean;
  isBusy: boolean;
  act: () => void;
}) {
  const { id, item, keys, words, more, primary = false, isBusy, act } = props;
  return (
    <button
      {...control(id, item)}
      type="button"
      className={primary ? "button button--primary" : "button"}
      disabled={isBusy}
      title={more}
      onClick={act}
    >
      {words} {keys !== "" && <kbd aria-hidden>{keys}</kbd>}
    </button>
  );
}
