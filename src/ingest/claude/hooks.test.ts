import assert from "node:assert/strict";
import { test } from "node:test";
import { OrreryError } from "../../contract/errors.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import { recordedHooks } from "../../testing/source-fixtures.ts";
import { testSource } from "../../testing/source-suite.ts";
import { createClaudeHooks } from "./hooks.ts";

const prompt = {
  session_id: "s1",
  hook_event_name: "UserPromptSubmit",
  prompt_id: "p1",
  prompt: "go",
  cwd: "/p",
  transcript_path: "/t/s1.jsonl",
};

function open(now = () => Date.now()) {
  const clock = { ...systemClock, now };
  const log = createMemoryLog({ clock });
  return { log, hooks: createClaudeHooks({ append: log.append, clock }) };
}

testSource("claude hooks", {
  kind: "records",
  pieces: recordedHooks("subagents-nested").map((record) => JSON.stringify(record)),
  async open(log) {
    const hooks = createClaudeHooks({ append: log.append, clock: systemClock });
    return {
      give: async (piece) => void (await hooks.handle({ bodies: [parsed(piece)] })),
      close: () => hooks.stop(),
    };
  },
});

/** As the gateway hands over what was posted. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return { $unparsable: (error as Error).message };
  }
}

test("hooks of one millisecond keep their order", async () => {
  const { log, hooks } = open(() => 1_795_170_076_000);
  await hooks.handle({
    bodies: [
      { ...prompt, prompt_id: "p1" },
      { ...prompt, prompt_id: "p2" },
      { ...prompt, session_id: "s2" },
    ],
  });
  await hooks.handle({ bodies: [{ ...prompt, prompt_id: "p3" }] });
  const times = log.read({ types: ["turn.started"], limit: 9 }).map(({ session_id, timestamp }) => [session_id, timestamp.slice(-4)]);
  assert.deepEqual(times, [
    ["ses_s1", "000Z"],
    ["ses_s1", "001Z"],
    ["ses_s2", "000Z"],
    ["ses_s1", "002Z"],
  ]);
});

test("a clock that was set back is followed", async () => {
  let now = 1_795_170_076_000;
  const { log, hooks } = open(() => now);
  await hooks.handle({ bodies: [prompt] });
  now -= 3_600_000;
  await hooks.handle({ bodies: [{ ...prompt, prompt_id: "p2" }] });
  assert.equal(Date.parse(log.read({ types: ["turn.started"], limit: 9 })[1]!.timestamp), now);
});

test("a body delivered twice with the time it was received is stored once", async () => {
  const { log, hooks } = open();
  const record = {
    received_at: "2026-11-20T10:00:00.000Z",
    body: { session_id: "s1", hook_event_name: "SessionStart", source: "startup" },
  };
  await hooks.handle({ bodies: [record] });
  await hooks.take([record]);
  assert.deepEqual(
    log.read({ limit: 9 }).map(({ type, timestamp }) => [type, timestamp]),
    [["session.started", "2026-11-20T10:00:00.000Z"]],
  );
  assert.equal(hooks.status().duplicates, 1);
});

test("what cannot be read is told and counted, and the agent goes on", async () => {
  const { log, hooks } = open();
  const deep = JSON.parse("[".repeat(20_000) + "]".repeat(20_000)) as unknown;
  const bad = [{ hook_event_name: "Stop" }, { $unparsable: "item 1 is not JSON" }, 7, { ...prompt, hook_event_name: "ConfigChange", deep }];
  await hooks.handle({ bodies: [...bad, prompt] });
  const rejected = log.read({ types: ["source.rejected"], limit: 99 });
  assert.equal(rejected.length, hooks.status().rejected);
  assert.ok(rejected.length >= 3);
  assert.ok(
    rejected.every(
      (event) => event.type === "source.rejected" && (event.data.sample?.length ?? 0) <= 200 && event.session_id === undefined,
    ),
  );
  assert.equal(log.read({ types: ["turn.started"], limit: 9 }).length, 1);
});

test("a body that the log cannot write does not keep the others out", async () => {
  const { log, hooks } = open();
  const deep = JSON.parse("[".repeat(50_000) + "]".repeat(50_000)) as unknown;
  const call = { session_id: "s1", hook_event_name: "PreToolUse", tool_name: "Bash", tool_use_id: "t1", tool_input: { deep } };
  await hooks.handle({ bodies: [call, prompt] });
  assert.equal(log.read({ types: ["turn.started"], limit: 9 }).length, 1);
  assert.equal(log.read({ types: ["source.rejected"], limit: 9 }).length, 1);
});

test("a canary says that the way works", async () => {
  const { log, hooks } = open();
  await hooks.handle({ bodies: [{ hook_event_name: "OrreryCanary", canary: "can_1" }] });
  const [event] = log.read({ types: ["source.connected"], limit: 9 });
  assert.equal(event?.type === "source.connected" && event.data.canary, "can_1");
});

test("a log that takes no more is an error to the sender", async () => {
  const hooks = createClaudeHooks({ append: () => Promise.reject(new OrreryError("LOG_BUSY")), clock: systemClock });
  await assert.rejects(async () => hooks.handle({ bodies: [prompt] }), { code: "LOG_BUSY" });
});
