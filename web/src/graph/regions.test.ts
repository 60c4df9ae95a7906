import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { emptyState, foldState } from "../../../src/projections/state.ts";
import { viewAgents, viewSession } from "../../../src/projections/views.ts";
import { layRegions } from "./draw-regions.ts";
import { neighbourProject } from "./navigate.ts";
import { byProject, projectKey, projectOfKey, projectParts, projectSums, projectWords } from "./projects.ts";
import { buildScene, type SceneSession } from "./scene.ts";

const nowMs = Date.UTC(2026, 10, 20, 9, 1, 0);
let seq = 0;
function event(session: string, type: string, second: number, data: object, agent_id = "agt_main"): StoredEvent {
  seq++;
  return {
    seq,
    id: `e${seq}`,
    type,
    timestamp: new Date(nowMs - 60_000 + second * 1_000).toISOString(),
    source: "claude-code/hook",
    session_id: `ses_${session}`,
    agent_id,
    data,
  } as unknown as StoredEvent;
}

/** Two projects and a session of none; of `a` one agent works and one has ended. */
const sky = [
  event("a", "session.started", 1, { project: "shop", title: "One" }),
  event("a", "agent.spawned", 2, { parent_agent_id: "agt_main" }, "agt_x"),
  event("a", "tool.started", 3, { call_id: "call_x", name: "Bash" }, "agt_x"),
  event("a", "agent.spawned", 4, { parent_agent_id: "agt_main" }, "agt_y"),
  event("a", "agent.ended", 5, { outcome: "completed" }, "agt_y"),
  event("b", "session.started", 6, { project: "lab" }),
  event("b", "ask.opened", 7, { ask_id: "ask_1", kind: "permission", prompt: "May I?" }),
  event("c", "session.started", 8, { project: "shop" }),
  event("d", "session.started", 9, {}),
];
function sessionsOf(events: readonly StoredEvent[]): SceneSession[] {
  const { sessions } = events.reduce(foldState, emptyState);
  return [...sessions.values()].map((session) => ({ view: viewSession(session, nowMs), agents: viewAgents(session, nowMs) }));
}
const sceneOf = (events: readonly StoredEvent[], trail = false) => buildScene(sessionsOf(events), { nowMs, trail, leaving: new Set() });

test("a region says what goes on in its project; one project alone is no region", () => {
  const { regions } = sceneOf(sky);
  assert.deepEqual(
    regions.map(({ name, sessions, waiting }) => [name, sessions.length, waiting]),
    [
      ["shop", 2, 0],
      ["lab", 1, 1],
      ["No project", 1, 0],
    ],
  );
  assert.match(projectWords(regions[0]!, "$1.20 today"), /^2 sessions · 1 working · \$1\.20 today$/);
  assert.deepEqual(projectParts(regions[1]!), ["1 session", "1 waiting"]);
  assert.deepEqual(sceneOf(sky.filter(({ session_id }) => session_id === "ses_a" || session_id === "ses_c")).regions, []);
});

test("the key of a project is never that of an agent, and a project of any name has one", () => {
  for (const name of ["shop", "ses_1 agt_main", "", "project:x"]) assert.equal(projectOfKey(projectKey(name)), name);
  assert.equal(projectOfKey("ses_1 agt_main"), undefined);
  assert.deepEqual(
    byProject(sessionsOf(sky)).map(([project, sessions]) => projectSums(project, sessions).key),
    ["project:shop", "project:lab", "project:"],
  );
});

test("far away a project is one mark, near it is open; who is selected stays to be seen", () => {
  const { regions } = sceneOf(sky);
  const view = { width: 1_200, height: 800, covered: [] };
  const foldedAt = (zoom: number, held?: string) =>
    layRegions(regions, { x: 0, y: 0, zoom }, view, held)
      .filter(({ isFolded }) => isFolded)
      .map(({ region }) => region.name);
  assert.deepEqual(foldedAt(1), []);
  assert.deepEqual(foldedAt(0.2), ["shop", "lab", "No project"]);
  assert.deepEqual(foldedAt(0.2, "ses_c"), ["lab", "No project"]);
});

test("keys walk from a sun up to its project, from project to project, and down again", () => {
  const { regions, nodes } = sceneOf(sky);
  const step = (from: string, direction: "in" | "out" | "clockwise" | "back") => neighbourProject(regions, nodes, from, direction);
  assert.equal(step("ses_c agt_main", "in"), "project:shop");
  assert.equal(step("ses_a agt_x", "in"), undefined, "an agent's way in is its parent");
  assert.equal(step("project:shop", "clockwise"), "project:lab");
  assert.equal(step("project:shop", "back"), "project:");
  assert.equal(step("project:shop", "in"), "project:shop");
  assert.equal(step("project:lab", "out"), "ses_b agt_main");
});

test("the trail keeps agents that ended as faint dots, until their session closes", () => {
  const dot = (events: readonly StoredEvent[], trail: boolean) => sceneOf(events, trail).byKey.get("ses_a agt_y");
  assert.equal(dot(sky, false), undefined);
  assert.ok(dot(sky, true)!.alpha < 0.5);
  assert.equal(dot([...sky, event("a", "session.ended", 20, { reason: "logout" })], true), undefined);
});
