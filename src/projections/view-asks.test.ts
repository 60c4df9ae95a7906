import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../contract/events/index.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { viewAsks } from "./view-asks.ts";

test("an ask is named after its call, unless another ask goes by that name already", () => {
  const asked = (data: object, no: number) => ({
    seq: no,
    id: `e${no}`,
    type: "ask.opened",
    timestamp: `2026-11-20T10:00:0${no}.000Z`,
    source: "claude-code/hook",
    session_id: "ses_1",
    agent_id: `agt_${no}`,
    data: { kind: "permission", ...data },
  });
  const idsOf = (...asks: readonly object[]) => {
    const events = asks.map(asked) as unknown as StoredEvent[];
    return viewAsks(events.filter(ofSession).reduce<Session | undefined>(foldSession, undefined)!).map(({ ask_id }) => ask_id as string);
  };
  const ofCall = { ask_id: "ask_first", call_id: "call_4" };
  assert.deepEqual(idsOf(ofCall), ["ask_4"]);
  assert.deepEqual(idsOf(ofCall, { ask_id: "ask_4", call_id: "call_4" }), ["ask_4"]);
  assert.deepEqual(idsOf(ofCall, { ask_id: "ask_4", tool: "Bash" }), ["ask_first", "ask_4"]);
});
