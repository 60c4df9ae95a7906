import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fitCamera, keepInView, toScreen, zoomAt } from "./camera.ts";
import { dropFinished, isMoving, noEffects, startEffects } from "./effects.ts";
import { familyColour } from "./families.ts";
import { foldCrowd } from "./fold-crowd.ts";
import { hitTest } from "./hit-test.ts";
import { placeLabels, type LabelWish } from "./labels.ts";
import { ancestry, neighbour } from "./navigate.ts";
import type { SceneNode } from "./scene.ts";

const node = (key: string, parentKey: string | undefined, more: Partial<SceneNode> = {}) =>
  ({
    key,
    parentKey,
    ring: parentKey === undefined ? 0 : parentKey === "m" ? 1 : 2,
    turn: 0,
    session_id: "s",
    status: "working",
    ...more,
  }) as SceneNode;

test("labels never overlap each other, a disc or the frame", () => {
  const frame = { left: 0, top: 0, right: 800, bottom: 600 };
  const wish = fc.record({
    x: fc.integer({ min: 0, max: 800 }),
    y: fc.integer({ min: 0, max: 600 }),
    width: fc.integer({ min: 10, max: 160 }),
    priority: fc.nat(5),
    side: fc.constantFrom(1 as const, -1 as const),
  });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 80, size: "max" }), (raw) => {
      const wishes = raw.map((one, i): LabelWish => ({ ...one, key: `k${i}`, clear: 12, height: 14 }));
      const boxes = placeLabels(wishes, [{ x: 400, y: 300, radius: 30 }], frame).map(({ key, x, y }) => {
        const { width, height } = wishes.find((one) => one.key === key)!;
        return { left: x - width / 2, right: x + width / 2, top: y, bottom: y + height };
      });
      boxes.push({ left: 370, right: 430, top: 270, bottom: 330 });
      for (const a of boxes)
        for (const b of boxes) if (a !== b) assert.ok(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top);
    }),
  );
});

test("the more important label stays", () => {
  const frame = { left: -100, top: -12, right: 100, bottom: 30 };
  const at = (key: string, priority: number): LabelWish => ({ key, priority, x: 0, y: 0, clear: 10, width: 190, height: 14, side: 1 });
  assert.deepEqual(
    placeLabels([at("minor", 5), at("major", 1)], [], frame).map((label) => label.key),
    ["major"],
  );
});

test("a label that is asked for is written over discs, never over another label", () => {
  const frame = { left: -200, top: -200, right: 200, bottom: 200 };
  const at = (key: string, priority: number, isAsked: boolean): LabelWish => ({
    key,
    priority,
    x: 0,
    y: 0,
    clear: 10,
    width: 60,
    height: 14,
    side: 1,
    isAsked,
  });
  const crowd = Array.from({ length: 400 }, (_, i) => ({ x: (i % 20) * 20 - 190, y: Math.floor(i / 20) * 20 - 190, radius: 9 }));
  const keys = (asked: boolean) =>
    placeLabels([at("first", 0, asked), at("second", 1, asked), at("third", 2, false)], crowd, frame).map(({ key, y }) => [key, y]);
  assert.deepEqual(keys(false), []);
  assert.deepEqual(keys(true), [
    ["first", 10],
    ["second", -24],
  ]);
});

test("a crowd folds from the outside in; who waits stays with its line to the sun", () => {
  const nodes = [
    node("m", undefined),
    ...Array.from({ length: 10 }, (_, i) => node(`a${i}`, "m")),
    ...Array.from({ length: 30 }, (_, i) => node(`b${i}`, `a${i % 3}`)),
  ];
  const { hidden, counts } = foldCrowd(nodes, 25, new Set());
  assert.ok(nodes.length - hidden.size <= 25);
  assert.equal(
    [...counts.values()].reduce((a, b) => a + b, 0),
    hidden.size,
  );
  assert.ok([...hidden].every((key) => key.startsWith("b")));
  const waiting = nodes.map((one) => (one.key === "b4" ? { ...one, status: "waiting" as const } : one));
  const small = foldCrowd(waiting, 3, new Set()).hidden;
  assert.deepEqual(
    ["m", "a1", "b4"].filter((key) => small.has(key)),
    [],
  );
  assert.equal(foldCrowd(nodes, 41, new Set()).hidden.size, 0);
});

test("a thousand children of the sun keep the earliest and count the rest", () => {
  const nodes = [node("m", undefined), ...Array.from({ length: 1_000 }, (_, i) => node(`a${i}`, "m"))];
  const { hidden, counts } = foldCrowd(nodes, 300, new Set(["a999"]));
  assert.equal(nodes.length - hidden.size, 300);
  assert.equal(counts.get("m"), 701);
  assert.ok(!hidden.has("a0") && !hidden.has("a999") && hidden.has("a998"));
});

test("calls of one tool that come together share a label, and every one of them pulses", () => {
  const effects = noEffects();
  const call = (call_id: string) => ({ kind: "call" as const, node: "s m", call_id: call_id as never, label: "Read" });
  assert.deepEqual(startEffects(effects, [call("a"), call("b")], 0), ["a", "b"]);
  assert.deepEqual(startEffects(effects, [call("c")], 300), ["c"]);
  assert.deepEqual(
    [...effects.labels.values()].map((label) => [label.name, label.times, label.sinceMs]),
    [["Read", 3, 0]],
  );
  assert.equal(dropFinished(effects, 2_000), false);
  assert.equal(isMoving(effects), false);
});

test("an agent that ended leaves after its farewell; good ends send a spark", () => {
  const effects = noEffects();
  startEffects(
    effects,
    [
      { kind: "end", node: "x", outcome: "completed" },
      { kind: "end", node: "y", outcome: "failed" },
    ],
    0,
  );
  assert.deepEqual([...effects.sparks.keys()], ["x"]);
  assert.equal(dropFinished(effects, 500), false);
  assert.equal(dropFinished(effects, 1_001), true);
});

test("the whole picture fits, and zooming keeps the point under the pointer", () => {
  const view = { width: 900, height: 700, covered: [] };
  const camera = fitCamera({ left: -400, right: 400, top: -300, bottom: 300 }, view);
  const [a, b] = [toScreen(camera, view, -400, -300), toScreen(camera, view, 400, 300)];
  assert.ok(a.x >= 0 && a.y >= 0 && b.x <= 900 && b.y <= 700);
  const zoomed = zoomAt(camera, view, { x: 100, y: 200 }, 2);
  const world = { x: camera.x + (100 - 450) / camera.zoom, y: camera.y + (200 - 350) / camera.zoom };
  const after = toScreen(zoomed, view, world.x, world.y);
  assert.ok(Math.hypot(after.x - 100, after.y - 200) < 1e-6);
});

test("the whole picture stays clear of the counters above and the words below", () => {
  const covered = [
    { left: 0, top: 0, right: 400, bottom: 64 },
    { left: 0, top: 666, right: 900, bottom: 700 },
  ];
  const view = { width: 900, height: 700, covered };
  const bounds = { left: -100, right: 100, top: -500, bottom: 500 };
  const camera = fitCamera(bounds, view);
  assert.ok(toScreen(camera, view, 0, bounds.top).y >= 64);
  assert.ok(toScreen(camera, view, 0, bounds.bottom).y <= 666);
});

test("the whole picture stays clear of a panel over its right", () => {
  const covered = [{ left: 560, top: 0, right: 900, bottom: 700 }];
  const view = { width: 900, height: 700, covered };
  const camera = fitCamera({ left: -300, right: 300, top: -300, bottom: 300 }, view);
  assert.ok(toScreen(camera, view, 300, 0).x <= 560 && toScreen(camera, view, -300, 0).x >= 0);
});

test("the nearest disc within reach is hit", () => {
  const discs = [
    { key: "big", x: 0, y: 0, radius: 20 },
    { key: "small", x: 26, y: 0, radius: 3 },
  ];
  assert.equal(hitTest(discs, 25, 0), "small");
  assert.equal(hitTest(discs, 5, 5), "big");
  assert.equal(hitTest(discs, 80, 0), undefined);
});

test("keys walk the picture: in, out and round the ring", () => {
  const nodes = [node("m", undefined), node("a", "m", { turn: 0.1 }), node("b", "m", { turn: 0.6 }), node("c", "a", { turn: 0.1 })];
  assert.equal(neighbour(nodes, undefined, "out"), "m");
  assert.equal(neighbour(nodes, "m", "out"), "a");
  assert.equal(neighbour(nodes, "a", "clockwise"), "b");
  assert.equal(neighbour(nodes, "b", "clockwise"), "a");
  assert.equal(neighbour(nodes, "c", "in"), "a");
  assert.deepEqual([...ancestry(new Map(nodes.map((one) => [one.key, one])), "c")], ["c", "a", "m"]);
});

test("a family has one colour for ever", () => {
  assert.deepEqual(["claude-opus-5-5", "claude-sonnet-5", "anthropic/claude-haiku-4-5", undefined].map(familyColour), [
    "opus",
    "sonnet",
    "haiku",
    "other",
  ]);
  assert.equal(familyColour("gpt-5.5"), familyColour("openai/gpt-6-codex"));
});

test("what is followed is kept well inside the screen, by as little as it takes", () => {
  const view = { width: 1_000, height: 500, covered: [] };
  const camera = { x: 0, y: 0, zoom: 2 };
  assert.equal(keepInView(camera, view, 10, 10), camera, "in view already");
  const moved = keepInView(camera, view, 400, -300);
  const at = toScreen(moved, view, 400, -300);
  assert.deepEqual([Math.round(at.x), Math.round(at.y), moved.zoom], [800, 100, 2]);
});
