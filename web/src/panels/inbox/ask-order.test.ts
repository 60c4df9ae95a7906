import assert from "node:assert/strict";
import { test } from "node:test";
import type { AskRow } from "../../../../src/contract/operations/asks.ts";
import { inOrder } from "./ask-order.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
const ask = (ask_id: string, opened: number, more: Partial<AskRow> = {}): AskRow => ({
  ask_id,
  kind: "permission",
  state: "open",
  is_held: true,
  opened_at: at(opened),
  ...more,
});
const ids = (asks: readonly AskRow[]) => inOrder(asks).map(({ ask_id }) => ask_id);

test("what a deadline decides soon comes first, then the longest waiting, last what is answered elsewhere", () => {
  const asks = [
    ask("elsewhere", 0, { is_held: false, deadline: at(3) }),
    ask("old", 1),
    ask("late", 2, { deadline: at(12) }),
    ask("young", 3),
    ask("soon", 4, { deadline: at(6) }),
    ask("days", 5, { deadline: new Date(Date.UTC(2026, 0, 4)).toISOString() }),
  ];
  assert.deepEqual(ids(asks), ["soon", "late", "old", "young", "days", "elsewhere"]);
  assert.deepEqual(ids(asks.toReversed()), ids(asks));
});

test("a deadline that decides nothing does not hurry", () => {
  assert.deepEqual(ids([ask("waits on", 2, { deadline: at(3), on_timeout: "wait" }), ask("old", 1)]), ["old", "waits on"]);
  assert.deepEqual(ids([ask("escalated", 2, { deadline: at(3), escalated_at: at(3) }), ask("old", 1)]), ["old", "escalated"]);
});
