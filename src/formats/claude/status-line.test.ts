import assert from "node:assert/strict";
import { test } from "node:test";
import { assertHarmless } from "../../testing/truth-order.ts";
import { drafts, fold } from "../../testing/truth-clients.ts";
import { translateStatusLine } from "./status-line.ts";

const at = "2026-11-20T10:21:00.000Z";

/** The shape that the client documents. */
const body = {
  session_id: "5f9d",
  session_name: "Cart total",
  transcript_path: "/home/dev/.claude/projects/-home-dev-shop/5f9d.jsonl",
  cwd: "/home/dev/shop/src",
  model: { id: "claude-opus-5-5", display_name: "Opus 5.5" },
  workspace: { current_dir: "/home/dev/shop/src", project_dir: "/home/dev/shop", added_dirs: [] },
  version: "2.1.328",
  cost: { total_cost_usd: 0.0823496, total_duration_ms: 1_000 },
  context_window: { total_input_tokens: 15_234, total_output_tokens: 4_521, context_window_size: 200_000, used_percentage: 8 },
  rate_limits: {
    five_hour: { used_percentage: 23.5, resets_at: 1_795_176_000 },
    seven_day: { used_percentage: 41.2, resets_at: 1_795_600_000 },
  },
};

test("a status line tells facts, the running cost and what is left of the plan", () => {
  const events = drafts([translateStatusLine(body, at)]);
  const [session] = [...fold(events).values()];
  assert.equal(session!.facts.title, "Cart total");
  assert.equal(session!.facts.model, "claude-opus-5-5");
  assert.equal(session!.facts.project, "shop");
  const updated = events.find((event) => event.type === "session.updated");
  assert.deepEqual(updated?.type === "session.updated" && updated.data["context"], {
    size_tokens: 200_000,
    used_percent: 8,
    input_tokens: 15_234,
    output_tokens: 4_521,
  });
  assert.deepEqual(
    events.flatMap((event) => (event.type === "cost.reported" ? [event.data.usd_micros] : [])),
    [82_350],
  );
  assert.deepEqual(
    events.flatMap((event) => (event.type === "limit.reported" ? [[event.data.limit, event.data.used_percent, event.data.resets_at]] : [])),
    [
      ["five_hour", 23.5, "2026-11-20T12:00:00.000Z"],
      ["seven_day", 41.2, "2026-11-25T09:46:40.000Z"],
    ],
  );
});

test("anything in the place of a status line gives valid events or none", () => {
  assertHarmless([body], () => (record) => translateStatusLine(record, at));
});
