import assert from "node:assert/strict";
import { test } from "node:test";
import { drawNodes, drawRising, type Drawn, type FrameOptions } from "./draw-nodes.ts";
import { dropFinished, noEffects, startEffects, type Effects } from "./effects.ts";
import type { Paint } from "./paint.ts";
import type { SceneNode } from "./scene.ts";
import type { Transition } from "./transitions.ts";

interface Stroke {
  readonly as: "fill" | "stroke" | "image";
  readonly colour: string;
  readonly alpha: number;
  readonly isDashed: boolean;
  /** Arcs of the path; of an image its place, without a radius. */
  readonly arcs: readonly { readonly x: number; readonly y: number; readonly radius: number }[];
  /** Where its curves end. */
  readonly ends: readonly { readonly x: number; readonly y: number }[];
}

/** A canvas that remembers what was drawn on it. */
function pencil() {
  const strokes: Stroke[] = [];
  let arcs: { x: number; y: number; radius: number }[] = [];
  let ends: { x: number; y: number }[] = [];
  let dash: number[] = [];
  const kept = (as: Stroke["as"], colour: string): void => {
    strokes.push({ as, colour, alpha: context.globalAlpha, isDashed: dash.length > 0, arcs, ends });
  };
  const context = {
    globalAlpha: 1,
    strokeStyle: "",
    fillStyle: "",
    lineWidth: 1,
    beginPath: () => ((arcs = []), (ends = [])),
    moveTo: () => undefined,
    arc: (x: number, y: number, radius: number) => void arcs.push({ x, y, radius }),
    quadraticCurveTo: (_: number, __: number, x: number, y: number) => void ends.push({ x, y }),
    setLineDash: (next: number[]) => void (dash = next),
    getTransform: () => ({ a: 1 }),
    scale: () => undefined,
    measureText: () => ({ width: 20 }),
    createRadialGradient: () => ({ addColorStop: () => undefined }),
    fillRect: () => undefined,
    fillText: () => undefined,
    strokeText: () => undefined,
    stroke: () => kept("stroke", context.strokeStyle),
    fill: () => kept("fill", context.fillStyle),
    drawImage: (_: unknown, x: number, y: number) => {
      arcs = [{ x, y, radius: 0 }];
      kept("image", "");
    },
  };
  return { context: context as unknown as CanvasRenderingContext2D, strokes };
}
Object.assign(globalThis, {
  OffscreenCanvas: class {
    readonly width = 1;
    readonly height = 1;
    getContext = (): unknown => pencil().context;
  },
});

const paint = {
  ground: "ground",
  edge: "edge",
  brass: "brass",
  moon: "moon",
  fail: "fail",
  ok: "ok",
  waiting: "waiting",
  disc: () => "disc",
};
const T = 5_000;
const options = (effects: Effects, nowMs: number, isStill = false): FrameOptions => ({
  paint: paint as unknown as Paint,
  effects,
  nowMs,
  isStill,
  selected: undefined,
  hovered: undefined,
  width: 800,
});

const drawnOf = (key: string, more: Partial<SceneNode> = {}, place: Partial<Drawn> = {}): Drawn => ({
  key,
  node: {
    key,
    ring: 1,
    status: "idle",
    alpha: 1,
    flash: 0,
    colour: "haiku",
    running: [],
    turn: 0,
    isInferred: false,
    ...more,
  } as unknown as SceneNode,
  x: 300,
  y: 200,
  radius: 8,
  parent: undefined,
  sun: { x: 100, y: 200 },
  count: 0,
  dim: 1,
  isLit: false,
  ...place,
});
const sun = drawnOf(
  "main",
  { ring: 0 },
  { x: 100, y: 200, radius: 14, node: { ...drawnOf("main").node, ring: 0, status: "ended" } as SceneNode },
);

/** What is drawn so many milliseconds after something happened. */
function after(ms: number, happened: readonly Transition[], more: Partial<SceneNode> = {}, isStill = false): readonly Stroke[] {
  const effects = noEffects();
  startEffects(effects, happened, T);
  const { context, strokes } = pencil();
  drawNodes(context, [sun, drawnOf("a", more, { parent: sun })], options(effects, T + ms, isStill));
  return strokes;
}
/** The disc of the agent: how large and how opaque. */
function disc(strokes: readonly Stroke[]): { readonly radius: number; readonly alpha: number } | undefined {
  const found = strokes.find(({ as, colour, arcs }) => as === "fill" && colour === "disc" && arcs.some(({ x }) => x === 300));
  const radius = found?.arcs.find(({ x }) => x === 300)!.radius;
  return radius === undefined ? undefined : { radius: Math.round(radius * 100) / 100, alpha: found!.alpha };
}
const steady = disc(after(0, []));
const spawned = [{ kind: "spawn", node: "a" }] as unknown as Transition[];
const called = [{ kind: "call", node: "a", call_id: "call_1", label: "Bash" }] as unknown as Transition[];
const failed = [{ kind: "bad-end", node: "a", call_id: "call_1", outcome: "error" }] as unknown as Transition[];

test("an edge that was worked out is dashed, one that was told is a line", () => {
  const edges = (isInferred: boolean) => after(0, [], { isInferred }).filter(({ ends }) => ends.length > 0);
  assert.deepEqual(
    edges(true).map(({ isDashed }) => isDashed),
    [true],
  );
  assert.deepEqual(
    edges(false).map(({ isDashed }) => isDashed),
    [false],
  );
});

test("an agent appears within 300 ms: it grows from six tenths, fades in, and its edge draws itself from the parent", () => {
  const edgeEnd = (ms: number) => after(ms, spawned).find(({ ends }) => ends.length > 0)!.ends[0]!.x;
  assert.equal(disc(after(0, spawned)), undefined, "nothing of it yet");
  assert.equal(edgeEnd(0), 100, "the edge begins at the parent");
  const half = disc(after(100, spawned))!;
  assert.ok(half.radius > 0.6 * 8 && half.radius < 8 && half.alpha > 0 && half.alpha < steady!.alpha, JSON.stringify(half));
  assert.ok(edgeEnd(100) > 100 && edgeEnd(100) < 300);
  assert.ok(disc(after(200, spawned))!.radius < 8, "still growing");
  assert.deepEqual(disc(after(300, spawned)), steady);
  assert.equal(edgeEnd(300), 300);
});

test("a call pulses for 400 ms: 8 to 12 to 8; where nothing may move it does not", () => {
  const sizes = [0, 100, 200, 300, 400, 500].map((ms) => disc(after(ms, called))!.radius);
  assert.deepEqual(sizes, [8, 10.83, 12, 10.83, 8, 8]);
  assert.equal(disc(after(200, called, {}, true))!.radius, 8);
  assert.deepEqual(disc(after(100, spawned, {}, true)), steady);
});

test("the name of a call's tool rises and fades within 800 ms", () => {
  const at = (ms: number, isStill = false): Stroke | undefined => {
    const effects = noEffects();
    startEffects(effects, called, T);
    dropFinished(effects, T + ms);
    const { context, strokes } = pencil();
    const agent = drawnOf("a");
    drawRising(context, new Map([["a", agent]]), [], options(effects, T + ms, isStill));
    return strokes.find(({ as }) => as === "image");
  };
  const [first, middle, last] = [at(100)!, at(400)!, at(790)!];
  assert.ok(first.arcs[0]!.y > middle.arcs[0]!.y && middle.arcs[0]!.y > last.arcs[0]!.y, "it rises");
  assert.ok(first.alpha > 0.8 && last.alpha < 0.2, `it fades: ${first.alpha} to ${last.alpha}`);
  assert.equal(at(801), undefined);
  assert.equal(at(400, true), undefined);
});

test("the moon of a call that ended badly turns red and falls inward within 300 ms", () => {
  const far = (ms: number): number | undefined => {
    const effects = noEffects();
    startEffects(effects, failed, T);
    dropFinished(effects, T + ms);
    const { context, strokes } = pencil();
    drawNodes(context, [drawnOf("a")], options(effects, T + ms));
    const moon = strokes.find(({ as, colour }) => as === "fill" && colour === "fail")?.arcs[0];
    return moon && Math.hypot(moon.x - 300, moon.y - 200);
  };
  const [start, middle, end] = [far(0)!, far(150)!, far(299)!];
  assert.ok(Math.abs(start - 21) < 0.01 && middle < start && middle > end && end < 0.5, `${start} ${middle} ${end}`);
  assert.equal(far(301), undefined);
});

test("who ends flashes for 200 ms and is gone 800 ms later", () => {
  const ended = [{ kind: "end", node: "a", outcome: "completed" }] as unknown as Transition[];
  const ring = (ms: number) => after(ms, ended).find(({ as, colour }) => as === "stroke" && colour === "ok")!.alpha;
  assert.deepEqual(
    [0, 200, 600].map((ms) => Math.round(ring(ms) * 100) / 100),
    [1, 1, 0.5],
  );
  const effects = noEffects();
  startEffects(effects, ended, T);
  dropFinished(effects, T + 999);
  assert.ok(effects.leaving.has("a"));
  dropFinished(effects, T + 1_001);
  assert.ok(!effects.leaving.has("a"));
});

test("who waits in a crowd has rings as small as its disc, and no sign that covers it", () => {
  const rings = (radius: number): number[] => {
    const { context, strokes } = pencil();
    drawNodes(context, [drawnOf("a", { status: "waiting" }, { radius })], options(noEffects(), T, true));
    return strokes.filter(({ colour }) => colour === "waiting").flatMap(({ arcs }) => arcs.map((arc) => arc.radius));
  };
  assert.deepEqual(rings(8), [12, 17.25]);
  assert.ok(Math.max(...rings(2)) < 6.2, String(rings(2)));
});
