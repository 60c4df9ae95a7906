import { useState, type FormEvent, type ReactNode } from "react";
import type { Answer, AskDetail } from "../../../../src/contract/operations/asks.ts";
import { decisionOf, edited, ruledPart, toEdit } from "../../../../src/projections/ask-answers.ts";
import { previewOf } from "../../../../src/contract/text.ts";
import { RulePreview } from "./rule-preview.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { schemaFields, schemaValue, type SchemaField, type Scope } from "./answers.ts";
import { box, control } from "../../mirror/control.ts";

export type FormName = "guide" | "edit" | "always" | "reply";

/** What takes more than a key: guidance, edits, rules to keep, an answer in words. Ctrl-Enter sends, Escape leaves. */
export function AnswerForm(props: {
  name: FormName;
  ask: AskDetail;
  isBusy: boolean;
  /** `also`: other open asks that are allowed with it. */
  onAnswer: (answer: Answer, also?: readonly string[]) => void;
  onLeave: () => void;
}) {
  switch (props.name) {
    case "guide":
      return <GuideForm {...props} />;
    case "edit":
      return <EditForm {...props} />;
    case "always":
      return <AlwaysForm {...props} />;
    case "reply":
      return <ReplyForm {...props} />;
  }
}

type FormProps = Parameters<typeof AnswerForm>[0];

function Frame({
  sends,
  label,
  send,
  isBusy,
  problem,
  onSend,
  onLeave,
  children,
}: {
  sends: "inbox.send_guide" | "inbox.send_edit" | "inbox.send_always" | "inbox.send_reply";
  label: string;
  send: string;
  isBusy: boolean;
  problem?: string | undefined;
  onSend: (form: FormData) => void;
  onLeave: () => void;
  children: ReactNode;
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSend(new FormData(event.currentTarget));
  };
  return (
    // Two keys of the form as a whole, beside those of its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className="form inbox__form"
      aria-label={label}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          onLeave();
        }
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      }}
    >
      {children}
      {problem !== undefined && (
        <p className="form__problem" role="alert">
          {problem}
        </p>
      )}
      <div className="form__tools">
        <button {...control(sends)} type="submit" className="button button--primary" disabled={isBusy}>
          {send} <kbd>Ctrl ↵</kbd>
        </button>
        <button {...control("inbox.leave_form")} type="button" className="button" onClick={onLeave}>
          Leave <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

function GuideForm({ ask, isBusy, onAnswer, onLeave }: FormProps) {
  return (
    <Frame
      sends="inbox.send_guide"
      label="Deny with guidance"
      send="Deny"
      isBusy={isBusy}
      onLeave={onLeave}
      onSend={(form) => onAnswer(decisionOf(ask, false, String(form.get("message")).trim()))}
    >
      <label className="form__wide">
        What to do instead; the agent reads it
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <textarea {...box("inbox.message")} name="message" rows={3} autoFocus required />
      </label>
    </Frame>
  );
}

function EditForm({ ask, isBusy, onAnswer, onLeave }: FormProps) {
  const { words, isJson } = toEdit(ask.input);
  const [problem, setProblem] = useState<string>();
  const read = (text: string): unknown => {
    try {
      const input = edited(ask.input, text);
      setProblem(undefined);
      return input;
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const send = (form: FormData) => {
    const input = read(String(form.get("input")));
    if (input !== undefined) onAnswer({ decision: "allow", input });
  };
  return (
    <Frame
      sends="inbox.send_edit"
      label="Allow with edits"
      send="Allow edited"
      isBusy={isBusy}
      problem={problem}
      onSend={send}
      onLeave={onLeave}
    >
      <label className="form__wide">
        {isJson ? "Input, as JSON" : "Command"}
        <textarea
          {...box("inbox.input")}
          name="input"
          className="mono"
          rows={Math.min(16, words.split("\n").length + 1)}
          defaultValue={words}
          spellCheck={false}
          aria-invalid={problem !== undefined}
          onChange={(event) => read(event.target.value)}
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
        />
      </label>
    </Frame>
  );
}

const scopes: Readonly<Record<Scope, string>> = {
  session: "In this session",
  project: "In this project, kept in .orrery/policy.json",
  home: "Everywhere, kept in Orrery's policy.json",
};

/** A rule of ours with the scope that is chosen, or one that the agent program suggests. */
function AlwaysForm({ ask, isBusy, onAnswer, onLeave }: FormProps) {
  const about = ruledPart(ask.input);
  const suggestions = ask.suggestions ?? [];
  const [chosen, setChosen] = useState<string>("session");
  const [pattern, setPattern] = useState(about?.words ?? "");
  const isOwn = chosen in scopes;
  const rule = { effect: "allow" as const, tool: ask.tool, ...(about === undefined ? {} : { [about.field]: pattern.trim() }) };
  const own = { scope: chosen as Scope, rule };
  const send = (form: FormData) =>
    onAnswer({ decision: "allow", remember: [isOwn ? own : suggestions[Number(chosen)]] }, form.getAll("also").map(String));
  return (
    <Frame sends="inbox.send_always" label="Always allow" send="Always allow" isBusy={isBusy} onSend={send} onLeave={onLeave}>
      <label className="form__wide">
        Where
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <select {...control("inbox.rule_scope")} value={chosen} onChange={(event) => setChosen(event.target.value)} autoFocus>
          {Object.entries(scopes).map(([scope, words]) => (
            <option key={scope} value={scope}>
              {words}
            </option>
          ))}
          {suggestions.map((suggestion, index) => (
            <option key={index} value={String(index)}>
              As the agent suggests: {safeText(JSON.stringify(suggestion)).slice(0, 120)}
            </option>
          ))}
        </select>
      </label>
      {isOwn && about !== undefined && (
        <label className="form__wide">
          {about.field === "command" ? "Commands" : "Files"} like this; * is anything
          <input
            {...box("inbox.rule_pattern")}
            name="pattern"
            className="mono"
            value={pattern}
            onChange={(event) => setPattern(event.target.value)}
            required
            spellCheck={false}
          />
        </label>
      )}
      {isOwn && <p className="dim">Allows {safeText(ask.tool ?? "")} without asking, wherever no other rule denies it.</p>}
      {isOwn && (about === undefined || pattern.trim() !== "") && <RulePreview askId={ask.ask_id} remember={own} />}
    </Frame>
  );
}

function ReplyForm({ ask, isBusy, onAnswer, onLeave }: FormProps) {
  const [problem, setProblem] = useState<string>();
  const questions = ask.questions ?? [];
  const fields = schemaFields(ask.schema);
  const isJson = ask.schema !== undefined && fields === undefined && (ask.schema as { readonly type?: unknown }).type !== "string";
  const send = (form: FormData) => {
    if (questions.length > 0)
      return onAnswer({ value: Object.fromEntries(questions.map(({ question }, at) => [previewOf(question), repliesOf(form, at)])) });
    if (fields !== undefined) return onAnswer({ value: schemaValue(fields, form) });
    const words = String(form.get("words"));
    try {
      onAnswer({ value: isJson ? (JSON.parse(words) as unknown) : words });
    } catch (error) {
      setProblem(`Not valid JSON: ${(error as Error).message}`);
    }
  };
  return (
    <Frame sends="inbox.send_reply" label="Answer" send="Send answer" isBusy={isBusy} problem={problem} onSend={send} onLeave={onLeave}>
      {questions.length > 0 ? (
        questions.map((question, at) => <QuestionField key={at} at={at} question={question} />)
      ) : fields !== undefined ? (
        fields.map((field, at) => <SchemaInput key={field.name} field={field} isFirst={at === 0} />)
      ) : (
        <label className="form__wide">
          {isJson ? "Answer, as JSON" : "Answer"}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <textarea {...box("inbox.words")} name="words" className={isJson ? "mono" : undefined} rows={3} required autoFocus />
        </label>
      )}
    </Frame>
  );
}

function repliesOf(form: FormData, at: number): string {
  return [...form.getAll(`choice-${at}`), form.get(`words-${at}`)]
    .filter((words) => typeof words === "string" && words.trim() !== "")
    .join(", ");
}

function QuestionField({ question, at }: { question: NonNullable<AskDetail["questions"]>[number]; at: number }) {
  const options = question.options ?? [];
  return (
    <fieldset className="inbox__question">
      <legend>{safeText(previewOf(question.question))}</legend>
      {options.map(({ label, description }, index) => (
        <label key={index} className="inbox__choice">
          <input
            {...control("inbox.reply_part", `choice-${at}`)}
            type={question.is_multiple === true ? "checkbox" : "radio"}
            name={`choice-${at}`}
            value={previewOf(label)}
          />
          <span>
            {safeText(previewOf(label))} {description !== undefined && <span className="dim">{safeText(previewOf(description))}</span>}
          </span>
        </label>
      ))}
      <label>
        {options.length > 0 ? "Or in your own words" : "Answer"}
        <input {...control("inbox.reply_part", `words-${at}`)} name={`words-${at}`} />
      </label>
    </fieldset>
  );
}

function SchemaInput({ field: { name, label, type, choices, isRequired }, isFirst }: { field: SchemaField; isFirst: boolean }) {
  if (type === "boolean")
    return (
      <label className="inbox__choice form__wide">
        <input {...control("inbox.reply_part", name)} type="checkbox" name={name} /> <span>{safeText(label)}</span>
      </label>
    );
  return (
    <label className="form__wide">
      {safeText(label)}
      {isRequired && " (needed)"}
      {choices.length > 0 ? (
        <select {...control("inbox.reply_part", name)} name={name} required={isRequired}>
          {!isRequired && <option value="">No answer</option>}
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          {...control("inbox.reply_part", name)}
          name={name}
          type={type === "number" ? "number" : "text"}
          step="any"
          required={isRequired}
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={isFirst}
        />
      )}
    </label>
  );
}
