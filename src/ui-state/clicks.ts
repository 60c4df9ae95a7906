import { OrreryError } from "../contract/errors.ts";
import type { AskDetail } from "../contract/operations/asks.ts";
import { operations, type Caller, type OperationName } from "../contract/operations/index.ts";
import { initialFields, uiElements, uiFields, type UiFields } from "../contract/ui/index.ts";
import type { UiElement, UiValue } from "../contract/ui/element.ts";
import { nearest } from "../lib/nearest.ts";
import { decisionOf } from "../projections/ask-answers.ts";
import { allow, allowFields } from "./allows.ts";
import { checked, doerOf, type FieldBook } from "./fields.ts";
import { inputOf, putBy, turned } from "./meaning.ts";

export interface ClicksDeps {
  readonly book: FieldBook;
  /** Runs an operation for a caller, with the checks of a door. */
  call(name: OperationName, input: unknown, caller: Caller): Promise<unknown>;
}

export interface Click {
  readonly control: string;
  readonly value?: UiValue | undefined;
  readonly user_data?: unknown;
}

interface Done {
  readonly seq: number;
  readonly changed: UiFields;
  readonly result?: unknown;
}

/** Presses controls as the table says that they are pressed. Without a page, too: what a click means happens here. */
export function createClicks({ book, call }: ClicksDeps): (click: Click, caller: Caller) => Promise<Done> {
  return async ({ control, value, user_data }, caller) => {
    const { does, kind } = elementOf(control);
    const doer = doerOf(caller);
    const fields = book.fields();
    const said = async (changed: UiFields, result?: unknown): Promise<Done> => {
      const about = value ?? uiValue(user_data);
      const seq = await book.say({ clicked: [{ control, value: about }], changed }, doer);
      return { seq, changed, ...(result === undefined ? {} : { result }) };
    };
    if (kind !== "button") return said(value === undefined ? pressed(control, fields) : { [control]: checked(control, value) });
    const about = { fields, value: value ?? uiValue(user_data) };
    if (does === undefined || does === "page") return said({});
    if ("clears" in does) {
      const cleared = Object.hasOwn(does.clears, String(about.value)) ? does.clears[String(about.value)]! : undefined;
      if (cleared === undefined) throw badValue(`must be one of ${Object.keys(does.clears).join(", ")}`);
      return said(Object.fromEntries(cleared.map((id) => [id, initialFields[id]!])));
    }
    if ("turns" in does) return said({ [does.turns]: turned(does.turns, fields) });
    if ("decides" in does) {
      const named = idIn(user_data, "ask_id") ?? about.value ?? fields[does.of ?? "inbox.ask"];
      const ids = [named ?? ""].flat().map(String);
      if (ids.length === 0 || ids.includes("")) throw noAsk(does.of ?? "inbox.ask");
      const answers: unknown[] = [];
      const message = does.saying === undefined ? undefined : String(fields[does.saying]);
      for (const ask_id of ids) answers.push(await decide(ask_id, does.decides, message, caller));
      const begun = [...(does.of === undefined ? [] : [does.of]), ...(does.saying === undefined ? [] : ["inbox.form", does.saying])];
      return said(Object.fromEntries(begun.map((id) => [id, initialFields[id]!])), does.of === undefined ? answers[0] : answers);
    }
    const given = typeof user_data === "object" && user_data !== null && !Array.isArray(user_data) ? user_data : {};
    if ("runs" in does) {
      const { name, input } = chosen(does, fields);
      const answer = await call(name, { ...input, ...given }, caller);
      return said({}, answer);
    }
    if ("allows" in does) {
      const ask_id = String(idIn(user_data, "ask_id") ?? about.value ?? fields["inbox.ask"]);
      if (ask_id === "") throw noAsk("inbox.ask");
      const answers = await allow({ ask_id, fields, call: (name, input) => call(name, input, caller) }, does.allows);
      return said(Object.fromEntries(allowFields.map((id) => [id, initialFields[id]!])), answers[0]);
    }
    if (!("calls" in does)) return said(putBy(does, about));
    const answer = await call(does.calls, { ...(inputOf(does.input ?? {}, about) as object | undefined), ...given }, caller);
    return said(putBy(does, { ...about, fields: book.fields() }, answer), answer);
  };

  async function decide(ask_id: string, isYes: boolean, message: string | undefined, caller: Caller): Promise<unknown> {
    const ask = (await call("asks.get", { ask_id }, caller)) as AskDetail;
    return call("asks.answer", { ask_id, answer: decisionOf(ask, isYes, message) }, caller);
  }
}

/** @throws OrreryError UNKNOWN_CONTROL */
export function elementOf(id: string): UiElement {
  const element = uiElements.get(id);
  if (element !== undefined && element.kind !== "held") return element;
  const names = [...uiElements.values()].filter(({ kind }) => kind !== "held").map(({ id: name }) => name);
  throw new OrreryError("UNKNOWN_CONTROL", { control: id, nearest: nearest(id, names) });
}

function noAsk(field: string): OrreryError {
  return badValue(`must name an ask, or ${field} must: none is chosen`);
}

function badValue(message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field: "value", message }] });
}

/** The operation that two fields name and feed. @throws OrreryError UNKNOWN_OPERATION, BAD_INPUT */
function chosen(does: { readonly runs: string; readonly with: string }, fields: UiFields): { name: OperationName; input: object } {
  const name = String(fields[does.runs]);
  if (!operations.some((operation) => operation.name === name))
    throw new OrreryError("UNKNOWN_OPERATION", { operation: name === "" ? `"" (${does.runs} names none)` : name });
  const words = String(fields[does.with]).trim();
  try {
    const input: unknown = words === "" ? {} : JSON.parse(words);
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return { name: name as OperationName, input };
  } catch {
    // Said below, as of any other value that is no object.
  }
  throw new OrreryError("BAD_INPUT", { problems: [{ field: does.with, message: "must be a JSON object" }] });
}

/** A switch that is pressed is the other way round; what has items or words is only gone to. */
function pressed(id: string, fields: UiFields): UiFields {
  return uiFields.get(id)?.type === "boolean" ? { [id]: turned(id, fields) } : {};
}

function uiValue(user_data: unknown): UiValue | undefined {
  return typeof user_data === "string" || typeof user_data === "number" || typeof user_data === "boolean" ? user_data : undefined;
}

function idIn(user_data: unknown, key: string): string | undefined {
  const found = typeof user_data === "object" && user_data !== null ? (user_data as Readonly<Record<string, unknown>>)[key] : undefined;
  return typeof found === "string" ? found : undefined;
}
