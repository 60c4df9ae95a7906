import assert from "node:assert/strict";
import { test } from "node:test";
import { operations } from "../contract/operations/index.ts";
import { nearest } from "../lib/nearest.ts";

test("what was meant is named first, however it was written; what nobody can guess is not guessed", () => {
  const names = operations.map(({ name }) => name);
  const meant: Readonly<Record<string, string>> = {
    "session.list": "sessions.list",
    "list-sessions": "sessions.list",
    listSessions: "sessions.list",
    "sesions.get": "sessions.get",
    usage: "usage.get",
    "event.append": "events.append",
    "budget.set": "budgets.set",
    status: "status.get",
  };
  for (const [given, name] of Object.entries(meant)) assert.equal(nearest(given, names)[0], name, given);
  for (const given of ["zebra", "", "!!", "make.coffee"]) assert.deepEqual(nearest(given, names), [], given);
});
