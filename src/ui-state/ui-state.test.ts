import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../contract/events/index.ts";
import { operations, type Caller } from "../contract/operations/index.ts";
import { fieldValue, initialFields, uiElements, uiFields } from "../contract/ui/index.ts";
import { live, time } from "../contract/ui/live.ts";
import { search, session, system, traces } from "../contract/ui/look-screens.ts";
import { shell } from "../contract/ui/shell.ts";
import { inbox, money, work } from "../contract/ui/work-screens.ts";
import { systemClock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { createMemoryLog } from "../log/memory.ts";
import { fieldsOf, foldUi, noUi } from "../projections/ui.ts";
import { createFieldBook, createUiHandlers } from "./index.ts";

const caller: Caller = { door: "http", actor: "ci" };

interface Called {
  readonly name: string;
  readonly input: unknown;
}

function open(log: EventLog = createMemoryLog({ clock: systemClock })) {
  const book = createFieldBook({ log, clock: systemClock });
  log.onCommit(book.apply);
  const called: Called[] = [];
  const answers: Record<string, unknown> = {
    "asks.get": { kind: "permission", tool: "Bash", input: { command: "make test", description: "as told" } },
    "policy.preview": { holds: true, asks: [{ ask_id: "ask_2" }, { ask_id: "ask_3" }] },
    "tickets.create": { ticket_id: "tkt_9" },
    "moments.step": { moment: { at: "2026-11-20T10:00:00.000Z", seq: 7 } },
  };
  const ui = createUiHandlers({
    book,
    call: async (name, input) => {
      called.push({ name, input });
      return answers[name] ?? {};
    },
  });
  const fields = async () => (await ui["ui.fields"]({}, caller)).fields;
  return { log, ui, called, fields };
}

test("a click sets what the table says, is an event with its actor, and survives a restart", async () => {
  const { log, ui, fields } = open();
  await ui["ui.click"]({ control: "nav.traces" }, caller);
  await ui["ui.set"]({ field: "traces.outcome", value: "failed" }, caller);
  assert.equal((await fields())["ui.screen"], "traces");
  const told = log.read({ types: ["ui.*"], order: "oldest", limit: 10 }).map(({ type, data }) => [type, data]);
  assert.deepEqual(told, [
    ["ui.clicked", { control: "nav.traces", by: "ci", door: "http" }],
    ["ui.changed", { field: "ui.screen", value: "traces", by: "ci", door: "http" }],
    ["ui.changed", { field: "traces.outcome", value: "failed", by: "ci", door: "http" }],
  ]);
  const again = await open(log).fields();
  assert.equal(again["ui.screen"], "traces");
  assert.equal(again["traces.outcome"], "failed");
});

test("two clicks at once are two clicks: what turns comes back to where it was", async () => {
  const { ui, fields } = open();
  await Promise.all([ui["ui.click"]({ control: "time.play" }, caller), ui["ui.click"]({ control: "time.play" }, caller)]);
  assert.equal((await fields())["time.playing"], false);
  for (const expected of ["dark", "light", "system"]) {
    await ui["ui.click"]({ control: "theme.next" }, caller);
    assert.equal((await fields())["ui.theme"], expected);
  }
});

test("a button calls its operation with the values of fields, and puts the answer where it belongs", async () => {
  const { ui, called, fields } = open();
  await ui["ui.set"]({ field: "work.title", value: "Parser drops the last line" }, caller);
  await ui["ui.set"]({ field: "work.tags", value: ["bug"] }, caller);
  await ui["ui.click"]({ control: "work.create", user_data: { note: "by hand" } }, caller);
  assert.deepEqual(called, [
    {
      name: "tickets.create",
      input: { title: "Parser drops the last line", priority: "medium", tags: ["bug"], note: "by hand" },
    },
  ]);
  const { "work.ticket": ticket, "work.title": title } = await fields();
  assert.deepEqual([ticket, title], ["tkt_9", ""]);
  await ui["ui.click"]({ control: "time.next_error" }, caller);
  assert.deepEqual(called[1], { name: "moments.step", input: { direction: "next", kind: "error" } });
  assert.equal((await fields())["time.at"], "2026-11-20T10:00:00.000Z");
  assert.equal((await fields())["time.seq"], 7);
});

test("yes and no answer the chosen ask in the words of its kind; without an ask they say what is missing", async () => {
  const { ui, called, fields } = open();
  await assert.rejects(async () => ui["ui.click"]({ control: "inbox.allow" }, caller), /inbox\.ask/);
  await ui["ui.select"]({ control: "inbox.ask", value: "ask_1" }, caller);
  await ui["ui.click"]({ control: "inbox.deny" }, caller);
  assert.deepEqual(called.at(-1), { name: "asks.answer", input: { ask_id: "ask_1", answer: { decision: "deny" } } });
  await ui["ui.set"]({ field: "inbox.message", value: "use trash" }, caller);
  await ui["ui.click"]({ control: "inbox.guide" }, caller);
  await ui["ui.click"]({ control: "inbox.send_guide" }, caller);
  assert.deepEqual(called.at(-1), { name: "asks.answer", input: { ask_id: "ask_1", answer: { decision: "deny", message: "use trash" } } });
  assert.deepEqual([(await fields())["inbox.form"], (await fields())["inbox.message"]], ["none", ""]);
  await ui["ui.click"]({ control: "inbox.allow", user_data: { ask_id: "ask_2" } }, caller);
  assert.deepEqual(called.at(-1), { name: "asks.answer", input: { ask_id: "ask_2", answer: { decision: "allow" } } });
});

test("filters are taken away, calls are gone to and alert rules are turned, with no page open", async () => {
  const { ui, called, fields } = open();
  const click = async (control: string, value?: string, user_data?: unknown) => ui["ui.click"]({ control, value, user_data }, caller);
  for (const [field, value] of Object.entries({
    "live.agent": "ses_1 agt_2",
    "traces.outcome": "failed",
    "traces.filter": "npm",
    "search.tool": "Bash",
    "search.session": "ses_1",
  }))
    await ui["ui.set"]({ field, value }, caller);
  const now = async (...ids: string[]) => {
    const held = await fields();
    return ids.map((id) => held[id]);
  };
  await click("traces.drop", "q");
  assert.deepEqual(await now("traces.filter", "traces.outcome"), ["", "failed"]);
  await assert.rejects(click("traces.drop", "nonsense"), /must be one of session, agent/);
  await click("live.tool", "Bash");
  assert.deepEqual(await now("ui.screen", "traces.session", "traces.agent", "traces.tool", "traces.table", "traces.outcome"), [
    "traces",
    "ses_1",
    "agt_2",
    "Bash",
    true,
    "all",
  ]);
  await ui["ui.set"]({ field: "traces.open", value: "ses_3 call:call_9" }, caller);
  await click("traces.waterfall");
  assert.deepEqual(await now("traces.session", "traces.table"), ["ses_3", false]);
  await click("live.open_call", "call_9");
  assert.deepEqual(await now("ui.screen", "session.id", "session.call"), ["session", "ses_1", "call_9"]);
  await click("search.drop", "tool");
  assert.deepEqual(await now("search.tool", "search.session"), ["", "ses_1"]);
  await click("search.clear");
  assert.deepEqual(await now("search.session"), [""]);
  await click("system.rule_off", "stuck");
  await click("system.rule_on", "stuck");
  await click("system.save_rule", "stuck", { minutes: 3 });
  assert.deepEqual(called, [
    { name: "alerts.set_rule", input: { rule_id: "stuck", enabled: false } },
    { name: "alerts.set_rule", input: { rule_id: "stuck", enabled: true } },
    { name: "alerts.set_rule", input: { rule_id: "stuck", minutes: 3 } },
  ]);
});

test("the palette runs the operation that its fields name, with the input that they hold", async () => {
  const { ui, called } = open();
  const run = async () => ui["ui.click"]({ control: "palette.run" }, caller);
  await assert.rejects(run, /There is no operation "" \(palette\.operation names none\)/);
  await ui["ui.set"]({ field: "palette.operation", value: "tickets.create" }, caller);
  await ui["ui.set"]({ field: "palette.input", value: "[1]" }, caller);
  await assert.rejects(run, /palette\.input must be a JSON object/);
  await ui["ui.set"]({ field: "palette.input", value: '{"title":"By palette"}' }, caller);
  assert.deepEqual((await run()).result, { ticket_id: "tkt_9" });
  assert.deepEqual(called, [{ name: "tickets.create", input: { title: "By palette" } }]);
});

test("what does not exist is refused with the nearest that does, and what a field cannot hold with what it can", async () => {
  const { ui } = open();
  const refused = async (act: () => unknown, words: RegExp) => assert.rejects(async () => act(), words);
  await refused(() => ui["ui.click"]({ control: "nav.trace" }, caller), /nearest is nav\.traces/);
  await refused(() => ui["ui.click"]({ control: "time.seq" }, caller), /no control time\.seq/);
  await refused(() => ui["ui.set"]({ field: "traces.outcom", value: "ok" }, caller), /nearest is traces\.outcome/);
  await refused(() => ui["ui.set"]({ field: "traces.outcome", value: "purple" }, caller), /must be one of all, failed/);
  await refused(() => ui["ui.set"]({ field: "live.trail", value: "perhaps" }, caller), /true or false/);
  await refused(() => ui["ui.select"]({ control: "nav.live", value: "x" }, caller), /is a button/);
  await refused(() => ui["ui.set"]({ field: "login.token", value: "orr_secret" }, caller), /no field login\.token/);
});

test("reset puts every field back, by its operation and by its button", async () => {
  const { ui, fields } = open();
  for (const act of [() => ui["ui.reset"]({}, caller), () => ui["ui.click"]({ control: "btn_reset" }, caller)]) {
    await ui["ui.set"]({ field: "work.tags", value: ["a"] }, caller);
    await ui["ui.click"]({ control: "nav.money" }, caller);
    const { changed } = await act();
    assert.deepEqual(changed, { "ui.screen": "live", "work.tags": [] });
    assert.deepEqual(await fields(), initialFields);
  }
});

test("what a page notes is held and told with the page; what it knows better than we do is left out", async () => {
  const { log, ui, fields } = open();
  await ui["ui.note"](
    { page: "pag_1", fields: { "live.trail": true, "live.unheard_of": 1, "live.view": "graph" }, clicked: [{ control: "live.fit" }] },
    caller,
  );
  assert.equal((await fields())["live.trail"], true);
  const told = log.read({ types: ["ui.*"], order: "oldest", limit: 10 }).map(({ data }) => data);
  assert.deepEqual(told, [
    { control: "live.fit", by: "ci", door: "http", page: "pag_1" },
    { field: "live.trail", value: true, by: "ci", door: "http", page: "pag_1" },
  ]);
});

test("what a page told before it heard of a program's change leaves that change alone", async () => {
  const { ui, fields } = open();
  const { seq: before } = await ui["ui.set"]({ field: "money.by", value: "tool" }, caller);
  const set = ui["ui.set"]({ field: "ui.screen", value: "traces" }, caller);
  await ui["ui.note"]({ page: "pag_1", seen: before, fields: { "ui.screen": "live", "live.trail": true } }, caller);
  const { seq } = await set;
  await ui["ui.note"]({ page: "pag_1", seen: before, fields: { "ui.screen": "live" } }, caller);
  assert.deepEqual([(await fields())["ui.screen"], (await fields())["live.trail"]], ["traces", true]);
  await ui["ui.note"]({ page: "pag_1", seen: seq, fields: { "ui.screen": "live" } }, caller);
  assert.equal((await fields())["ui.screen"], "live");
});

test("fields end the same whatever the order and repetition of their changes, and junk changes nothing", () => {
  const change = (at: number, field: string, value: unknown) =>
    ({ timestamp: `2026-11-20T10:00:00.00${at}Z`, data: { field, value, by: "x" } }) as Extract<StoredEvent, { type: "ui.changed" }>;
  const changes = [
    change(1, "money.by", "day"),
    change(2, "money.by", "tool"),
    change(2, "money.by", "app"),
    change(3, "live.trail", "yes"),
    change(3, "no.such", 1),
    change(1, "live.trail", true),
  ];
  const wanted = { ...initialFields, "money.by": "tool", "live.trail": true };
  assert.deepEqual(fieldsOf(changes.reduce(foldUi, noUi)), wanted);
  assert.deepEqual(fieldsOf([...changes.toReversed(), ...changes].reduce(foldUi, noUi)), wanted);
});

test("the table is sound: ids once, each field can hold what it begins with, every meaning names fields and operations that exist", () => {
  const ids = [shell, live, time, inbox, session, traces, money, work, system, search].flat().map(({ id }) => id as string);
  assert.deepEqual(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
    "each once",
  );
  assert.deepEqual(ids.toSorted(), [...uiElements.keys()].toSorted());
  const shapes = new Map(operations.map(({ name, input }) => [name as string, new Set(Object.keys(input.shape))]));
  for (const { id, does, label } of uiElements.values()) {
    assert.match(id, /^(?:[a-z]+\.[a-z_]+|btn_reset)$/);
    assert.notEqual(label, "", id);
    if (typeof does !== "object") continue;
    if ("clears" in does) for (const field of Object.values(does.clears).flat()) assert.ok(uiFields.has(field), `${id} clears ${field}`);
    if ("turns" in does) assert.ok(uiFields.has(does.turns), `${id} turns ${does.turns}`);
    if ("decides" in does && does.saying !== undefined) assert.ok(uiFields.has(does.saying));
    if ("calls" in does) {
      const shape = shapes.get(does.calls)!;
      for (const key of Object.keys(does.input ?? {})) assert.ok(shape.has(key), `${id}: ${does.calls} takes no ${key}`);
      for (const words of textsIn(does.input)) assertRefers(id, words);
      for (const field of Object.keys(does.takes ?? {})) assert.ok(uiFields.has(field), `${id} puts ${field}`);
    }
    if ("sets" in does)
      for (const [field, value] of Object.entries(does.sets!)) {
        if (typeof value === "string" && value.startsWith("$")) assertRefers(id, value);
        else assert.notEqual(fieldValue(uiFields.get(field)!, value), undefined, `${id} sets ${field}`);
      }
  }
  for (const field of uiFields.values()) assert.deepEqual(fieldValue(field, field.initial), field.initial, field.id);
});

function assertRefers(id: string, words: string): void {
  if (!words.startsWith("$")) return;
  const [named = ""] = words.slice(1).split("|");
  const name = named.replace(/#\d+$/, "");
  assert.ok(name === "value" || uiFields.has(name), `${id} refers to ${name}`);
}

function textsIn(part: unknown): string[] {
  if (typeof part === "string") return [part];
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(textsIn) : [];
}

test("what was edited and what is always allowed is sent without a page, too", async () => {
  const { ui, called, fields } = open();
  const set = async (values: Readonly<Record<string, unknown>>) => {
    for (const [field, value] of Object.entries(values)) await ui["ui.set"]({ field, value: value as string }, caller);
  };
  const answered = () => called.splice(0).flatMap(({ name, input }) => (name === "asks.answer" ? [input] : []));
  await set({ "inbox.ask": "ask_1", "inbox.form": "edit" });
  await assert.rejects(async () => ui["ui.click"]({ control: "inbox.send_edit" }, caller), /inbox\.input/);
  await set({ "inbox.input": "make -n test" });
  await ui["ui.click"]({ control: "inbox.send_edit" }, caller);
  const input = { command: "make -n test", description: "as told" };
  assert.deepEqual(answered(), [{ ask_id: "ask_1", answer: { decision: "allow", input } }]);
  assert.deepEqual([(await fields())["inbox.form"], (await fields())["inbox.input"]], ["none", ""]);

  await set({ "inbox.rule_scope": "project", "inbox.rule_pattern": "make *", "inbox.also": ["ask_3", "ask_of_another_kind"] });
  await ui["ui.click"]({ control: "inbox.send_always" }, caller);
  const rule = { effect: "allow", tool: "Bash", command: "make *" };
  assert.deepEqual(answered(), [
    { ask_id: "ask_1", answer: { decision: "allow", remember: [{ scope: "project", rule }] } },
    { ask_id: "ask_3", answer: { decision: "allow" } },
  ]);
  assert.deepEqual((await fields())["inbox.also"], []);
});
