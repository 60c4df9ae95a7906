import assert from "node:assert/strict";
import { test } from "node:test";
import { subjectFilter } from "./subject.ts";

test("a pattern is a subject, everything under a word, or everything", () => {
  const wanted = subjectFilter(["tool.*", "session.ended"]);
  assert.deepEqual(["tool.started", "session.ended", "session.started", "toolbox.opened", "tool"].map(wanted), [
    true,
    true,
    false,
    false,
    false,
  ]);
  assert.equal(subjectFilter(["*"])("x.mine.done"), true);
  assert.equal(subjectFilter([])("tool.started"), false);
});
