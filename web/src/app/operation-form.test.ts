import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation } from "../../../src/contract/operation.ts";
import { operations } from "../../../src/contract/operations/index.ts";
import { draftsOf, formOf, inputOf, type FormField } from "./operation-form.ts";

const form = (name: string): readonly FormField[] => formOf((operations as readonly Operation[]).find((one) => one.name === name)!);
const field = (name: string, which: string): FormField => form(name).find((one) => one.name === which)!;

test("each field of every operation has a box of its kind, those that must be said first", () => {
  for (const operation of operations as readonly Operation[]) {
    const fields = formOf(operation);
    assert.deepEqual(fields.map(({ name }) => name).toSorted(), Object.keys(operation.input.shape).toSorted(), operation.name);
    const optional = fields.findIndex(({ isRequired }) => !isRequired);
    assert.ok(optional === -1 || fields.slice(optional).every(({ isRequired }) => !isRequired), operation.name);
  }
  assert.deepEqual(field("tokens.create", "scope"), {
    name: "scope",
    kind: "choice",
    options: ["ingest", "read", "control", "admin"],
    isRequired: false,
    initial: "read",
  });
  assert.equal(field("tokens.create", "name").isRequired, true);
  assert.equal(field("retention.apply", "dry_run").kind, "choice");
  assert.equal(field("retention.apply", "dry_run").initial, "true");
  assert.equal(field("events.list", "limit").kind, "number");
  assert.equal(field("events.list", "types").kind, "text");
  assert.equal(field("context.inject", "text").kind, "long");
  assert.equal(field("push.add", "keys").kind, "json");
  assert.match(field("traces.get", "limit").hint!, /1 to 2000/);
  assert.match(field("activity.get", "since").hint!, /a time, such as/);
});

test("what boxes say is the operation's input, and an input fills its boxes again", () => {
  const fields = form("tickets.create");
  const drafts = { title: "Doors", priority: "high", tags: '["a","b"]', body: " " };
  const { input, problems } = inputOf(fields, drafts);
  assert.deepEqual([input, problems], [{ title: "Doors", priority: "high", tags: ["a", "b"] }, []]);
  assert.deepEqual(draftsOf(fields, JSON.stringify(input)), { title: "Doors", priority: "high", tags: '["a","b"]' });
  assert.deepEqual(inputOf(form("retention.apply"), { dry_run: "false" }).input, { dry_run: false });
  // What is no number goes as it was written: the daemon says what it wants.
  assert.deepEqual(inputOf(form("events.list"), { limit: "few", types: "tool.*" }).input, { limit: "few", types: "tool.*" });
});

test("what is no JSON is told by its box, and what no box can say is left to JSON", () => {
  assert.match(inputOf(form("tickets.create"), { tags: "a, b" }).problems[0]!, /^tags is not JSON/);
  assert.equal(draftsOf(form("tickets.create"), '{"colour":"red"}'), undefined);
  assert.equal(draftsOf(form("usage.get"), '{"group_by":"mood"}'), undefined);
  assert.equal(draftsOf(form("tickets.create"), '{"title":""}'), undefined);
  assert.equal(draftsOf(form("tickets.create"), '{"title":"one\\ntwo"}'), undefined);
  assert.equal(draftsOf(form("usage.get"), "[1]"), undefined);
  assert.equal(draftsOf(form("usage.get"), "{"), undefined);
  assert.deepEqual(draftsOf(form("usage.get"), ""), {});
});
