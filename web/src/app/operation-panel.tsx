import { Dialog } from "@base-ui/react/dialog";
import { ArrowLeft, X } from "lucide-react";
import { useId, useState, type KeyboardEvent } from "react";
import { OrreryError } from "../../../src/contract/errors.ts";
import type { Operation } from "../../../src/contract/operation.ts";
import { operations, type OperationName } from "../../../src/contract/operations/index.ts";
import { control, box } from "../mirror/control.ts";
import { useHeld } from "../mirror/held.ts";
import { LongText } from "../ui/long-text.tsx";
import "../ui/page.css";
import { useWhyNot } from "./access.ts";
import { WhyNot } from "./allowed.tsx";
import { useApp } from "./app-context.ts";
import { draftsOf, formOf, inputOf, parseObject, type Drafts, type FormField, type Input } from "./operation-form.ts";

type Told =
  | { readonly state: "sent" }
  | { readonly state: "answer"; readonly text: string }
  | { readonly state: "error"; readonly code: string; readonly text: string };

/** A run takes as long as it takes: an operation may be asked to wait ten minutes. */
const LONGEST_RUN_MS = 660_000;

/** The palette while it has an operation open: a form for what it is given, and below it what the daemon said. */
export function OperationPanel({ name, onBack }: { name: string; onBack: () => void }) {
  const operation = (operations as readonly Operation[]).find((one) => one.name === name);
  if (operation === undefined)
    return (
      <div className="operation">
        <Head title={name} onBack={onBack} />
        <p className="operation__about">There is no operation of that name.</p>
      </div>
    );
  return <Opened key={name} operation={operation} onBack={onBack} />;
}

function Opened({ operation, onBack }: { operation: Operation; onBack: () => void }) {
  const { client } = useApp();
  const name = operation.name as OperationName;
  const whyNot = useWhyNot(name);
  const [fields] = useState(() => formOf(operation));
  const [json, setJson] = useHeld("palette.input", "");
  const [wantsJson] = useHeld("palette.is_json", false);
  const [typed, setTyped] = useState<{ readonly json: string; readonly drafts: Drafts }>();
  const [told, setTold] = useState<Told>();
  const [isUnsure, setUnsure] = useState(false);
  const drafts = typed?.json === json ? typed.drafts : draftsOf(fields, json);
  const isJson = wantsJson || drafts === undefined;

  const put = (words: string) => {
    setUnsure(false);
    setJson(words);
  };
  const type = (field: string, words: string) => {
    const next = { ...drafts, [field]: words };
    const { input } = inputOf(fields, next);
    const said = Object.keys(input).length === 0 ? "" : JSON.stringify(input);
    setTyped({ json: said, drafts: next });
    put(said);
  };
  const run = async () => {
    if (whyNot !== undefined || told?.state === "sent") return;
    const given = isJson ? parseObject(json) : inputOf(fields, drafts).input;
    const problems = isJson ? (given === undefined ? ["The input is not a JSON object."] : []) : inputOf(fields, drafts).problems;
    if (problems.length > 0) return setTold({ state: "error", code: "BAD_INPUT", text: problems.join("\n") });
    if (operation.isFinal === true && !isUnsure) return setUnsure(true);
    setUnsure(false);
    setTold({ state: "sent" });
    setTold(await ask(name, given!));
  };
  const ask = async (which: OperationName, input: Input): Promise<Told> => {
    try {
      const answer: unknown = await client.call(which, input as never, { timeoutMs: LONGEST_RUN_MS });
      return { state: "answer", text: typeof answer === "string" ? answer : JSON.stringify(answer ?? {}, undefined, 2) };
    } catch (error) {
      return {
        state: "error",
        code: error instanceof OrreryError ? error.code : "",
        text: error instanceof Error ? error.message : String(error),
      };
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isToRun = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    // A key that is held says yes to nothing.
    if (event.repeat && event.key === "Enter" && !(event.target instanceof HTMLTextAreaElement)) return event.preventDefault();
    if (isToRun) event.preventDefault();
    if (isToRun && !event.repeat) void run();
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (isUnsure) setUnsure(false);
    else onBack();
  };

  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- Keys of the form that are the same in each of its boxes.
    <div className="operation" onKeyDown={onKeyDown} data-testid="operation">
      <Head title={name} onBack={onBack} />
      <div className="operation__rest">
        <p className="operation__about">
          {operation.summary.split("`").map((words, index) => (index % 2 === 0 ? words : <code key={words}>{words}</code>))}
          <span className="operation__needs">
            {operation.kind === "query" ? "Only reads" : operation.isFinal === true ? "Cannot be taken back" : "Changes something"} · needs
            the scope {operation.scope}
          </span>
        </p>
        <WhyNot to={name} />
        <form
          key={isJson ? "json" : "fields"}
          ref={goToFirst}
          className="form operation__form"
          aria-label={name}
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          {isJson ? (
            <label>
              Input as JSON
              <textarea
                {...box("palette.input")}
                className="mono"
                rows={6}
                spellCheck={false}
                placeholder="{}"
                value={json}
                onChange={(event) => put(event.target.value)}
              />
            </label>
          ) : (
            fields.map((field) => <Box key={field.name} field={field} words={drafts[field.name] ?? ""} onType={type} />)
          )}
          {!isJson && fields.length === 0 && <p className="dim">It takes nothing.</p>}
          <div className="form__tools">
            <button {...control("palette.run")} type="submit" className="button button--primary" disabled={whyNot !== undefined}>
              {told?.state === "sent" ? "Running…" : isUnsure ? `Yes, run ${name}` : "Run"}
            </button>
            {fields.length > 0 && <JsonSwitch isJson={isJson} isForced={!wantsJson && isJson} />}
            <span className="dim operation__keys">
              <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs, <kbd>Esc</kbd> goes back
            </span>
          </div>
          {isUnsure && (
            <p role="alert" className="form__problem">
              {name} cannot be taken back. Press again to run it.
            </p>
          )}
        </form>
        {told !== undefined && <Answer key={told.state} told={told} />}
      </div>
    </div>
  );
}

/** The form was asked for: what comes first in it is where one goes on. */
function goToFirst(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>("input, select, textarea, [type=submit]")?.focus();
}

function Head({ title, onBack }: { title: string; onBack: () => void }) {
  return (
    <div className="answer__head">
      <button {...control("palette.back")} type="button" className="button button--icon" aria-label="Back" onClick={onBack}>
        <ArrowLeft size={15} />
      </button>
      <Dialog.Title className="mono operation__title">{title}</Dialog.Title>
      <Dialog.Close {...control("palette.close")} className="button button--icon" aria-label="Close">
        <X size={15} />
      </Dialog.Close>
    </div>
  );
}

function JsonSwitch({ isJson, isForced }: { isJson: boolean; isForced: boolean }) {
  const [, setWants] = useHeld("palette.is_json", false);
  return (
    <button
      {...control("palette.as_json")}
      type="button"
      className="button"
      aria-pressed={isJson}
      disabled={isForced}
      title={isForced ? "What is put in fits no field" : undefined}
      onClick={() => setWants(!isJson)}
    >
      As JSON
    </button>
  );
}

function Box({ field, words, onType }: { field: FormField; words: string; onType: (name: string, words: string) => void }) {
  const { name, kind, isRequired, options, initial, hint } = field;
  const id = useId();
  const shared = {
    ...control("palette.field", name),
    name,
    value: words,
    "aria-describedby": hint === undefined ? undefined : id,
    "aria-required": isRequired,
    placeholder: initial ?? (kind === "json" ? "JSON" : ""),
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onType(name, target.value),
  };
  return (
    <label>
      <span>
        {name}
        {isRequired && <b title="must be given"> *</b>}
        {hint !== undefined && (
          <span id={id} className="operation__hint">
            {" "}
            {hint}
          </span>
        )}
      </span>
      {kind === "choice" ? (
        <select {...shared}>
          <option value="">{initial === undefined ? (isRequired ? "choose" : "not said") : `${initial}, if not said`}</option>
          {options!.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : kind === "long" || kind === "json" ? (
        <textarea {...shared} rows={2} className={kind === "json" ? "mono" : undefined} spellCheck={kind !== "json"} />
      ) : (
        <input {...shared} inputMode={kind === "number" ? "decimal" : undefined} autoComplete="off" />
      )}
    </label>
  );
}

/** As soon as something was asked: what was said stands below a form that may be long. */
function comeIntoSight(answer: HTMLElement | null): void {
  answer?.scrollIntoView({ block: "nearest" });
}

function Answer({ told }: { told: Told }) {
  return (
    <div ref={comeIntoSight} className="operation__answer" data-testid="operation-answer" data-state={told.state} aria-live="polite">
      {told.state === "sent" && <p className="dim">Waiting for the answer…</p>}
      {told.state === "error" && (
        <p role="alert" className="form__problem">
          <b className="mono">{told.code}</b> {told.text}
        </p>
      )}
      {told.state === "answer" && <LongText text={told.text}>{(words) => <pre>{words}</pre>}</LongText>}
    </div>
  );
}
