import assert from "node:assert/strict";
import { test } from "node:test";
import { drafts, fold, viewAgents } from "../../testing/truth-clients.ts";
import { assertHarmless, assertOrderless } from "../../testing/truth-order.ts";
import { createKei } from "./kei.ts";

const ts = "2026-11-20T10:00:00.000Z";
const lines = [
  {
    ts,
    event: "agent_spawn",
    id: "toolu_1",
    parent_id: "9b1d",
    subagent_type: "Explore",
    model: "sonnet",
    branch: null,
    prompt_preview: "Survey the source",
  },
  { ts, event: "tool_use", id: "toolu_2", agent_id: "toolu_1", tool: "Grep" },
  { ts, event: "tool_use", id: "toolu_3", agent_id: "main", tool: "Bash" },
  { ts, event: "skill_use", id: "toolu_4", agent_id: "9b1d", skill: "greet", success: true },
  { ts, event: "agent_done", id: "toolu_1", outcome: "partial", duration_ms: 1_200, tool_use_count: 1, cost_usd: 0.006 },
  { ts, event: "agent_spawn", id: "toolu_5", parent_id: "9b1d", subagent_type: null, model: null, branch: null, prompt_preview: "" },
];

test("agents, their calls and their ends land in the session that started them", () => {
  const kei = createKei();
  const events = drafts(lines.map((line) => kei.translate(line)));
  const sessions = fold(events);
  assert.deepEqual([...sessions.keys()], ["ses_9b1d"]);
  const agents = new Map(viewAgents([...sessions.values()][0]!, 0).map((agent) => [agent.agent_id as string, agent]));
  assert.deepEqual([...agents.keys()].toSorted(), ["agt_main", "agt_toolu_1", "agt_toolu_5"]);
  const survey = agents.get("agt_toolu_1")!;
  assert.deepEqual([survey.agent_type, survey.outcome, survey.duration_ms, survey.calls.ok], ["Explore", "partial", 1_200, 1]);
  // The spawning calls, the command and the skill.
  const main = agents.get("agt_main")!.calls;
  assert.deepEqual([main.ok, main.running], [3, 1]);
  assertOrderless(events);
});

test("a reader that goes on elsewhere says the same", () => {
  const whole = createKei();
  const expected = lines.flatMap((line) => whole.translate(line).events);
  for (let cut = 0; cut <= lines.length; cut++) {
    const first = createKei();
    const before = lines.slice(0, cut).flatMap((line) => first.translate(line).events);
    const second = createKei(structuredClone(first.state));
    assert.deepEqual([...before, ...lines.slice(cut).flatMap((line) => second.translate(line).events)], expected);
  }
});

test("an end without a beginning, and a kind that is not known, are kept", () => {
  for (const line of [
    { ts, event: "agent_done", id: "toolu_9" },
    { ts, event: "moon_phase", phase: "full" },
    { ts, event: "agent_spawn", id: "unknown" },
  ])
    assert.deepEqual(
      createKei()
        .translate(line)
        .events.map((event) => event.type),
      ["source.kept"],
    );
});

test("junk is refused or kept, never thrown", () => {
  assertHarmless(lines, () => {
    const kei = createKei();
    return (record) => kei.translate(record);
  });
});
