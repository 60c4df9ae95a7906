import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { layoutGraph, layoutSystem, type GraphNode, type GraphSession } from "./layout.ts";
import { ringRadius } from "./rings.ts";

const node = (agent_id: string, spawnedMs: number, parent_agent_id?: string, endedMs?: number): GraphNode => ({
  agent_id,
  spawnedMs,
  ...(parent_agent_id === undefined ? {} : { parent_agent_id }),
  ...(endedMs === undefined ? {} : { endedMs }),
});
const session = (nodes: readonly GraphNode[], more: Partial<GraphSession> = {}): GraphSession => ({
  session_id: "ses_1",
  rootId: "agt_main",
  firstMs: 0,
  untilMs: Number.POSITIVE_INFINITY,
  nodes: [node("agt_main", 0), ...nodes],
  ...more,
});

/** Agents that appear one after another, some inside others, some ended before later ones appear. */
const trees = fc
  .array(fc.record({ parent: fc.nat(40), gap: fc.nat(3_000), life: fc.option(fc.nat(8_000), { nil: undefined }) }), {
    maxLength: 60,
    size: "max",
  })
  .map((entries) => {
    let at = 0;
    return entries.map(({ parent, gap, life }, index): GraphNode => {
      at += gap + 1;
      const parentId = index === 0 || parent % 3 === 0 ? "agt_main" : `agt_${parent % index}`;
      return node(`agt_${index}`, at, parentId, life === undefined ? undefined : at + life);
    });
  });

const spotsOf = (nodes: readonly GraphNode[], nowMs = 1e9) => Object.fromEntries(layoutSystem(session(nodes), nowMs).spots);

test("[G1] the same agents in any order stand in the same places", () => {
  fc.assert(
    fc.property(
      trees.chain((nodes) => fc.tuple(fc.constant(nodes), fc.shuffledSubarray(nodes, { minLength: nodes.length }))),
      ([nodes, shuffled]) => assert.deepEqual(spotsOf(shuffled), spotsOf(nodes)),
    ),
  );
});

test("[G2] a later arrival moves nobody who is there", () => {
  fc.assert(
    fc.property(trees, (nodes) => {
      if (nodes.length === 0) return;
      const last = nodes.at(-1)!;
      const asKnownBefore = nodes
        .slice(0, -1)
        .map((other) =>
          other.endedMs !== undefined && other.endedMs >= last.spawnedMs
            ? node(other.agent_id, other.spawnedMs, other.parent_agent_id)
            : other,
        );
      const before = spotsOf(asKnownBefore, last.spawnedMs);
      const after = spotsOf([...asKnownBefore, last], last.spawnedMs);
      for (const [id, spot] of Object.entries(before)) {
        assert.equal(after[id]!.turn, spot.turn, id);
        assert.equal(after[id]!.ring, spot.ring, id);
      }
    }),
  );
});

test("[G2] a whole history played agent by agent and end by end moves nobody", () => {
  fc.assert(
    fc.property(trees, (nodes) => {
      const moments = [...new Set(nodes.flatMap((one) => [one.spawnedMs, one.endedMs ?? one.spawnedMs]))].toSorted((a, b) => a - b);
      const seen = new Map<string, number>();
      for (const at of moments) {
        const known = nodes
          .filter((one) => one.spawnedMs <= at)
          .map((one) => (one.endedMs !== undefined && one.endedMs > at ? node(one.agent_id, one.spawnedMs, one.parent_agent_id) : one));
        for (const spot of layoutSystem(session(known), at).spots.values()) {
          if (!spot.isPresent) continue;
          assert.equal(spot.turn, seen.get(spot.agent_id) ?? spot.turn);
          seen.set(spot.agent_id, spot.turn);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("[G3] [G5] no two present agents share a place, and a freed slot is taken again", () => {
  fc.assert(
    fc.property(trees, (nodes) => {
      const nowMs = nodes.at(-1)?.spawnedMs ?? 0;
      const present = [...layoutSystem(session(nodes), nowMs).spots.values()].filter((spot) => spot.isPresent);
      assert.equal(new Set(present.map((spot) => `${spot.ring} ${spot.turn}`)).size, present.length);
    }),
  );
  const reused = spotsOf([node("agt_a", 10, "agt_main", 20), node("agt_b", 15, "agt_main"), node("agt_c", 2_000, "agt_main")]);
  assert.equal(reused["agt_c"]!.turn, reused["agt_a"]!.turn);
  const held = spotsOf([node("agt_a", 10, "agt_main", 20), node("agt_b", 15, "agt_main"), node("agt_c", 900, "agt_main")]);
  assert.notEqual(held["agt_c"]!.turn, held["agt_a"]!.turn);
});

test("[G4] a child stands outside its parent, in its parent's direction", () => {
  const spots = spotsOf([node("agt_a", 1, "agt_main"), node("agt_b", 2, "agt_a")]);
  assert.equal(Math.hypot(spots["agt_b"]!.x, spots["agt_b"]!.y).toFixed(3), ringRadius(2).toFixed(3));
  assert.ok(Math.abs(spots["agt_b"]!.turn - spots["agt_a"]!.turn) < 0.02);
});

test("[G5] an ended parent stays while its child lives", () => {
  const spots = spotsOf([node("agt_a", 1, "agt_main", 100), node("agt_b", 50, "agt_a")], 1e6);
  assert.equal(spots["agt_a"]!.isPresent, true);
});

test("[G6] orphans and circles hang from the sun, the same in any order", () => {
  const nodes = [
    node("agt_a", 1, "agt_b"),
    node("agt_b", 2, "agt_c"),
    node("agt_c", 3, "agt_a"),
    node("agt_d", 4, "agt_nobody"),
    node("agt_e", 5, "agt_e"),
  ];
  const spots = spotsOf(nodes);
  assert.equal(spots["agt_a"]!.ring, 1);
  assert.equal(spots["agt_c"]!.ring, 2);
  assert.equal(spots["agt_b"]!.ring, 3);
  assert.equal(spots["agt_d"]!.ring, 1);
  assert.equal(spots["agt_e"]!.ring, 1);
  assert.deepEqual(spotsOf(nodes.toReversed()), spots);
});

test("[G7] suns do not overlap, and a later session moves no earlier one", () => {
  const many = Array.from({ length: 70 }, (_, i) =>
    session(i % 3 === 0 ? [node("agt_a", 1, "agt_main"), node("agt_b", 2, "agt_a")] : [], { session_id: `ses_${i}`, firstMs: i }),
  );
  for (const count of [2, 9, 47, 70]) {
    const { systems } = layoutGraph(many.slice(0, count), 100);
    for (const a of systems) for (const b of systems) if (a !== b) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) >= a.radius + b.radius);
    if (count < 47) {
      const next = layoutGraph(many.slice(0, count + 1), 100).systems;
      for (const [i, system] of systems.entries()) assert.deepEqual([next[i]!.x, next[i]!.y], [system.x, system.y]);
    }
  }
});

/** Sessions of a few projects, begun one after another, some with agents that make their systems wider. */
const sky = fc
  .array(fc.record({ project: fc.nat(5), agents: fc.nat(3), gap: fc.nat(50) }), { minLength: 1, maxLength: 30, size: "max" })
  .map((entries) => {
    let at = 0;
    return entries.map(({ project, agents, gap }, index) => {
      at += gap + 1;
      const nodes = Array.from({ length: agents }, (_, i) => node(`agt_${i}`, at, i === 0 ? "agt_main" : `agt_${i - 1}`));
      return session(nodes, {
        session_id: `ses_${index}`,
        firstMs: at,
        ...(project === 0 ? {} : { project: `project ${project}` }),
      });
    });
  });
const skyOf = (sessions: readonly GraphSession[]) => {
  const { systems, regions } = layoutGraph(sessions, 1e9);
  return {
    suns: new Map(systems.map((system) => [system.session_id, system])),
    regions: new Map(regions.map((region) => [region.project, region])),
  };
};

test("[G1] [G9] the same sessions in any order stand in the same places", () => {
  fc.assert(
    fc.property(
      sky.chain((sessions) => fc.tuple(fc.constant(sessions), fc.shuffledSubarray(sessions, { minLength: sessions.length }))),
      ([sessions, shuffled]) => {
        const [a, b] = [skyOf(sessions), skyOf(shuffled)];
        for (const [id, { x, y }] of a.suns) assert.deepEqual([b.suns.get(id)!.x, b.suns.get(id)!.y], [x, y]);
        for (const [project, region] of a.regions) assert.deepEqual(b.regions.get(project), region);
      },
    ),
  );
});

test("[G9] every sun stands whole in its project's region, and no two regions or suns overlap", () => {
  fc.assert(
    fc.property(sky, (sessions) => {
      const { suns, regions } = skyOf(sessions);
      for (const { session_id, project = "" } of sessions) {
        const { x, y, radius } = suns.get(session_id)!;
        const { left, right, top, bottom } = regions.get(project)!;
        assert.ok(x - radius >= left && x + radius <= right && y - radius >= top && y + radius <= bottom, session_id);
      }
      for (const a of regions.values())
        for (const b of regions.values())
          if (a !== b) assert.ok(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top);
      for (const a of suns.values())
        for (const b of suns.values()) if (a !== b) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) >= a.radius + b.radius);
    }),
  );
});

test("[G2] [G10] a later session moves no project before its own, nobody within its own, and nothing at all where there was room", () => {
  fc.assert(
    fc.property(sky, (sessions) => {
      const last = sessions.at(-1)!;
      const [before, after] = [skyOf(sessions.slice(0, -1)), skyOf(sessions)];
      const own = after.regions.get(last.project ?? "")!;
      const ownBefore = before.regions.get(last.project ?? "");
      const order = [...after.regions.keys()];
      const sizeOf = (region: typeof own) => [region.right - region.left, region.bottom - region.top].join();
      const hadRoom = ownBefore === undefined || sizeOf(ownBefore) === sizeOf(own);
      const old = sessions.find(({ project }) => project === last.project)!;
      for (const { session_id, project = "" } of sessions.slice(0, -1)) {
        const [from, to] = [before.suns.get(session_id)!, after.suns.get(session_id)!];
        if (hadRoom || order.indexOf(project) < order.indexOf(own.project)) assert.deepEqual([to.x, to.y], [from.x, from.y], session_id);
        if (project !== own.project) continue;
        const [oldFrom, oldTo] = [before.suns.get(old.session_id)!, after.suns.get(old.session_id)!];
        assert.deepEqual([to.x - oldTo.x, to.y - oldTo.y].map(Math.round), [from.x - oldFrom.x, from.y - oldFrom.y].map(Math.round));
      }
    }),
  );
});

test("[G8] a million agents are laid out, and what was left out is told", () => {
  const nodes = Array.from({ length: 1_000_000 }, (_, i) => node(`agt_${i}`, i, i % 4 === 0 ? "agt_main" : `agt_${i >> 2}`));
  const system = layoutSystem(session(nodes), 2e6);
  assert.equal(system.spots.size + system.unplaced, 1_000_001);
  assert.ok(system.spots.size < 5_000);
  const deep = Array.from({ length: 15_000 }, (_, i) =>
    node(`agt_${i}`, i, i === 0 ? "agt_main" : `agt_${i - 1}`, i < 14_000 ? i + 1 : undefined),
  );
  assert.ok(layoutSystem(session(deep), 2e6).spots.size > 1_000);
});
