import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AgentId, SessionId, foreignId, toId } from "./ids.ts";

test("any foreign text becomes an id of the asked kind, and only of that", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (foreign) => {
      const id = toId("ses", foreign);
      assert.equal(SessionId.safeParse(id).success, true);
      assert.equal(AgentId.safeParse(id).success, false);
    }),
  );
});

test("a system that uses our prefix keeps its ids, and the foreign part can be read back", () => {
  assert.equal(toId("ses", "ses_0bce"), "ses_0bce");
  assert.equal(foreignId(toId("agt", "a36ea887")), "a36ea887");
});
