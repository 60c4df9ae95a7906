import { OrreryError } from "../../contract/errors.ts";
import type { Caller, OutputFor } from "../../contract/operations/index.ts";
import { uiControls, uiFields, type UiControl } from "../../contract/ui/index.ts";
import type { UiValue } from "../../contract/ui/element.ts";
import { createPacer } from "../../lib/clock.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Picture } from "../picture.ts";
import { badInput } from "./body.ts";
import { callBack, callbackNames } from "./callbacks.ts";
import { contextState } from "./context.ts";
import { communications, diagnostics, financialMetrics, mmaStatus } from "./reads.ts";
import { telemetryOf } from "./telemetry.ts";
import { workersOf } from "./workers.ts";

type Told = Readonly<Record<string, unknown>>;
type Done = Partial<OutputFor<"ui.click">>;

/** What a click sets going may take long; whoever clicked is answered by then in any case. */
const PATIENCE_MS = 2_000;
const ITEM_NAMES = ["item", "control", "field", "tag", "id", "name"] as const;
const actions = ["click", "set_value", "select_tab", "select_list_item", "custom_callback", "reset_session"] as const;
type Action = (typeof actions)[number];

export interface Gui {
  /** Does what is asked, then says `queued` with what it changed; what takes longer goes on after the answer. */
  act(told: Told, caller: Caller): Promise<object>;
  /** What there is to press, choose, set, read and call. */
  overview(caller: Caller): Promise<object>;
  /** Everything that the page and the daemon's reads show, at once. */
  state(caller: Caller): Promise<object>;
  /** A field of the page, or by path anything of `state`, with its JSON type. */
  value(item: string, caller: Caller): Promise<object>;
}

/** The page by the Hook API: its controls are the items, its fields the gettable values. */
export function createGui(picture: Picture): Gui {
  const { handlers, clock, logger } = picture;

  const doing: Readonly<Record<Action, (told: Told, caller: Caller) => Promise<Done> | Done>> = {
    click(told, caller) {
      const { id: control } = controlIn(told);
      const value = uiValue(told["value"]);
      const user_data = told["user_data"] ?? undefined;
      return handlers["ui.click"]({ control, ...(value === undefined ? {} : { value: optionOf(control, value) }), user_data }, caller);
    },
    set_value(told, caller) {
      const field = fieldIn(told);
      return handlers["ui.set"]({ field, value: valueIn(told, field) }, caller);
    },
    select_tab: select,
    select_list_item: select,
    async custom_callback({ callback, args }, caller) {
      const result = await callBack(picture.call, callback, args, caller);
      return result === undefined ? {} : { result };
    },
    reset_session: (_, caller) => handlers["ui.reset"]({}, caller),
  };

  function select(told: Told, caller: Caller): Promise<Done> | Done {
    const { id: control } = controlIn(told);
    return handlers["ui.select"]({ control, value: valueIn(told, control) }, caller);
  }

  async function inTime(work: Promise<Done>, action: string): Promise<Done> {
    const limit = new AbortController();
    const late = clock.sleep(PATIENCE_MS, limit.signal).then(
      (): Done => {
        work.catch((error: unknown) => logger.warn({ error, action }, "what the Hook API set going failed"));
        return {};
      },
      (): Done => ({}),
    );
    try {
      return await Promise.race([work, late]);
    } finally {
      limit.abort();
    }
  }

  async function fieldsNow(caller: Caller): Promise<OutputFor<"ui.fields">> {
    return handlers["ui.fields"]({}, caller);
  }

  const reads: Readonly<Record<string, (caller: Caller) => unknown>> = {
    mma: (caller) => mmaStatus(picture, caller),
    workers: () => workersOf(picture),
    context: (caller) => contextState(picture, {}, caller),
    financial: (caller) => financialMetrics(picture, caller),
    asks: (caller) => handlers["asks.list"]({ state: "open", limit: 200 }, caller),
    telemetry: () => telemetryOf(picture),
    status: (caller) => handlers["status.get"]({}, caller),
  };

  /** What a value can be read of by its path: `state`, and what stands there under another name. */
  const figures: typeof reads = {
    ...reads,
    mma_status: reads["mma"]!,
    performance: reads["telemetry"]!,
    diagnostics: (caller) => diagnostics(picture, caller),
    comms: () => communications(picture),
  };

  return {
    async act(told, caller) {
      const action = told["action"] ?? told["type"];
      if (!isAction(action)) throw badInput("action", `must be one of ${actions.join(", ")}`);
      const done = await inTime(Promise.resolve(doing[action](told, caller)), action);
      return { status: "queued", ...done };
    },

    async overview(caller) {
      const { fields, seq } = await fieldsNow(caller);
      const ofKind = (kind: UiControl["kind"]) => uiControls.filter((control) => control.kind === kind);
      const idsOf = (kind: UiControl["kind"]) => ofKind(kind).map(({ id }) => id);
      return {
        actions,
        screen: fields["ui.screen"],
        buttons: idsOf("button"),
        tabs: Object.fromEntries(ofKind("tab").map(({ id, options }) => [id, { value: fields[id], options }])),
        lists: idsOf("list"),
        fields,
        controls: uiControls,
        callbacks: callbackNames(caller),
        values: Object.keys(figures),
        seq,
      };
    },

    async state(caller) {
      const { fields, seq } = await fieldsNow(caller);
      const breathe = createPacer(clock);
      const told: Record<string, unknown> = { seq, screen: fields["ui.screen"], fields, controls: uiControls };
      for (const [name, read] of Object.entries(reads)) {
        told[name] = await read(caller);
        await breathe();
      }
      return told;
    },

    async value(item, caller) {
      const { fields } = await fieldsNow(caller);
      const field = fieldNamed(item);
      if (field !== undefined) return { item: field, value: fields[field] };
      const [root = "", ...path] = item.split(".");
      const read = Object.hasOwn(figures, root) ? figures[root] : undefined;
      if (read === undefined) throw unknownField(item);
      const found = path.reduce<unknown>((at, key) => (Object.hasOwn(Object(at), key) ? (at as Told)[key] : undefined), await read(caller));
      if (found === undefined) throw unknownField(item);
      return { item, value: found };
    },
  };
}

function isAction(value: unknown): value is Action {
  return (actions as readonly unknown[]).includes(value);
}

/** The item that a request is about, by whatever name it gives it. */
export function itemIn(told: Told): string {
  const name = ITEM_NAMES.map((key) => told[key]).find((each) => typeof each === "string" && each !== "");
  if (name === undefined) throw badInput("item", "must name a control or a field; GET /api/gui lists them");
  return name as string;
}

function controlIn(told: Told): UiControl {
  const item = itemIn(told);
  const known = named(item, uiControls);
  if (known !== undefined) return known;
  throw new OrreryError("UNKNOWN_CONTROL", {
    control: item.slice(0, 200),
    nearest: nearest(
      item,
      uiControls.map(({ id }) => id),
    ),
  });
}

function fieldIn(told: Told): string {
  const item = itemIn(told);
  const field = fieldNamed(item);
  if (field === undefined) throw unknownField(item);
  return field;
}

/** A field by its id, or the one that a control changes; a secret is none. */
function fieldNamed(item: string): string | undefined {
  const field = named(item, [...uiFields.values()])?.id ?? named(item, uiControls)?.field;
  return field === undefined || !uiFields.has(field) ? undefined : field;
}

/** By its id; else with `_` for `.`, else by what it is called, where that is one alone. */
function named<T extends { readonly id: string; readonly label: string }>(item: string, list: readonly T[]): T | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[._\s]+/g, "_");
  const wanted = plain(item);
  const exact = list.find(({ id }) => id === item) ?? list.find(({ id }) => plain(id) === wanted);
  if (exact !== undefined) return exact;
  const called = list.filter(({ label }) => plain(label) === wanted);
  return called.length === 1 ? called[0] : undefined;
}

function unknownField(item: string): OrreryError {
  const near = nearest(item, [...uiFields.keys()]);
  return new OrreryError("NOT_FOUND", {
    what: "field",
    id: `${item.slice(0, 200)}${near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`}`,
  });
}

function valueIn(told: Told, item: string): UiValue {
  const value = uiValue(told["value"]);
  if (value === undefined) throw badInput("value", "must be a text, a number, true or false, or a list of texts");
  return optionOf(item, value);
}

/** One of the item's options as it is written there. */
function optionOf(item: string, value: UiValue): UiValue {
  const options = uiFields.get(item)?.options;
  return options?.find((option) => option.toLowerCase() === String(value).toLowerCase()) ?? value;
}

function uiValue(value: unknown): UiValue | undefined {
  if (typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? (value as string[]) : undefined;
}
