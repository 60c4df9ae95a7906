import assert from "node:assert/strict";
import { test } from "node:test";
import { drafts, fold, viewCalls, viewTurns } from "../../testing/truth-clients.ts";
import { assertHarmless, assertOrderless } from "../../testing/truth-order.ts";
import { translateMpm } from "./mpm.ts";

const at = "2026-11-20T10:00:09.000Z";
/** A body as its hook client posts it: the event inside an envelope inside an envelope. */
const posted = (subtype: string, second: number, data: object, correlation_id?: string) => ({
  namespace: "",
  event: "claude_event",
  data: {
    event: "mpm_event",
    source: "hook",
    type: "hook",
    subtype,
    timestamp: `2026-11-20T10:00:0${second}.123456+00:00Z`,
    session_id: "s1",
    ...(correlation_id === undefined ? {} : { correlation_id }),
    data: { session_id: "s1", working_directory: "/home/dev/shop", git_branch: "main", ...data },
  },
});
const bodies = [
  posted("session_start", 0, {}),
  posted("user_prompt", 1, { prompt_text: "Fix the cart", prompt_length: 12, is_command: false }),
  posted("pre_tool", 2, { tool_name: "Bash", tool_parameters: { command: "npm test" }, is_execution: true }, "c1"),
  posted(
    "post_tool",
    3,
    { tool_name: "Bash", exit_code: 0, success: true, status: "success", duration_ms: 40, result_summary: { output: "12 passed" } },
    "c1",
  ),
  posted(
    "pre_tool",
    3,
    { tool_name: "Task", is_delegation: true, delegation_details: { agent_type: "engineer", description: "Build" } },
    "c2",
  ),
  posted("subagent_start", 4, { agent_type: "engineer", agent_id: "engineer_s1", hook_event_name: "SubagentStart" }),
  posted("subagent_stop", 5, {
    agent_id: "engineer_s1",
    is_error_termination: false,
    structured_response: { task_completed: true, results: "Built" },
    hook_event_name: "SubagentStop",
  }),
  posted("post_tool", 6, { tool_name: "Task", exit_code: 1, success: false, status: "error", error: "gone" }, "c2"),
  posted("token_usage_updated", 7, { input_tokens: 10, output_tokens: 3, total_tokens: 13 }),
  posted("stop", 7, { reason: "completed", is_user_initiated: false }),
  posted("session_end", 8, {}),
];

test("the events of a session are its turns, calls and agents", () => {
  const events = drafts(bodies.map((body) => translateMpm(body, at)));
  const session = [...fold(events).values()][0]!;
  assert.equal(session.session_id, "ses_s1");
  assert.deepEqual(
    viewCalls(session).map((call) => [call.call_id, call.outcome, call.kind]),
    [
      ["call_c1", "ok", "run"],
      ["call_c2", "error", "agent"],
    ],
  );
  assert.deepEqual(
    viewTurns(session).map((turn) => turn.prompt),
    ["Fix the cart"],
  );
  const engineer = [...session.agents.values()].find((agent) => agent.agent_id === "agt_engineer_s1")!;
  assert.deepEqual([engineer.agent_type, engineer.outcome, engineer.summary], ["engineer", "completed", "Built"]);
  assert.equal(session.facts.cwd, "/home/dev/shop");
  assert.equal(session.facts.ended_at, "2026-11-20T10:00:08.123Z");
  assertOrderless(events);
});

test("a bare event without an envelope, and a bare hook body, are read too", () => {
  const bare = translateMpm({ type: "hook", subtype: "user_prompt", data: { session_id: "s2", prompt_text: "Hi" } }, at);
  assert.equal(bare.events[0]?.type, "turn.started");
  const hook = translateMpm({ hook_event_name: "SessionEnd", session_id: "s3", reason: "other" }, at);
  assert.equal(hook.events[0]?.type, "session.ended");
});

test("what is not known is kept, what belongs nowhere is refused", () => {
  assert.equal(translateMpm(posted("moon_phase", 1, {}), at).events[0]?.type, "source.kept");
  assert.ok(translateMpm({ namespace: "", event: "claude_event", data: { subtype: "stop" } }, at).problem?.includes("session_id"));
});

test("junk is refused or kept, never thrown", () => {
  assertHarmless(bodies, () => (record) => translateMpm(record, at));
});
