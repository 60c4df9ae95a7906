import { easeOut, FALL_MS, FLASH_MS, LABEL_MS, LEAVE_MS, PULSE_MS, SPARK_MS, SPAWN_MS, type Effects } from "./effects.ts";
import type { Disc } from "./hit-test.ts";
import { outcomeColour, type Paint } from "./paint.ts";
import { drawGlow, drawWords } from "./sprites.ts";
import type { SceneNode } from "./scene.ts";

/** A node where it is drawn: on the screen, eased, scaled. */
export interface Drawn extends Disc {
  readonly node: SceneNode;
  readonly parent: Drawn | undefined;
  readonly sun: { readonly x: number; readonly y: number };
  readonly count: number;
  /** 0.35 for what is not in the line of the selection. */
  readonly dim: number;
  readonly isLit: boolean;
}

export interface FrameOptions {
  readonly paint: Paint;
  readonly effects: Effects;
  /** The drawing clock; stands still when nothing may move. */
  readonly nowMs: number;
  readonly isStill: boolean;
  readonly selected: string | undefined;
  readonly hovered: string | undefined;
  /** Of the picture on screen. */
  readonly width: number;
}

const TURN = 2 * Math.PI;
const SWEEP_MS = 2_400;
const BREATH_MS = 1_600;
const ORBIT_MS = 3_600;
/** Above this many discs, glows are left out: they are the dearest part of a frame. */
const GLOW_LIMIT = 140;
/** Discs from this radius on have full rings and moons around them. */
const FULL_ROOM = 5;
/** Smaller discs have no room for a sign. */
const WORD_ROOM = 4;
const MOONS = 6;
const RISE = 14;

/** Everything that may change from frame to frame, in few strokes: one path per colour and kind. */
export function drawNodes(context: CanvasRenderingContext2D, drawn: readonly Drawn[], options: FrameOptions): void {
  drawEdges(context, drawn, options);
  if (drawn.length <= GLOW_LIMIT) drawGlows(context, drawn, options);
  drawDiscs(context, drawn, options);
  drawStates(context, drawn, options);
  drawMoons(context, drawn, options);
  drawCounts(context, drawn, options);
  drawSelection(context, drawn, options);
}

function drawEdges(context: CanvasRenderingContext2D, drawn: readonly Drawn[], { paint, effects, nowMs }: FrameOptions): void {
  const groups = new Map<string, Drawn[]>();
  for (const one of drawn) {
    if (one.parent === undefined) continue;
    const style = `${one.isLit ? "lit" : one.dim < 1 || one.node.alpha < 1 || effects.leaving.has(one.key) ? "dim" : "plain"} ${one.node.isInferred ? "dashed" : ""}`;
    const group = groups.get(style);
    if (group === undefined) groups.set(style, [one]);
    else group.push(one);
  }
  for (const [style, group] of groups) {
    const isLit = style.startsWith("lit");
    context.strokeStyle = isLit ? paint.brass : paint.edge;
    context.lineWidth = isLit ? 1.6 : 1;
    context.globalAlpha = style.startsWith("dim") ? 0.35 : 1;
    context.setLineDash(style.endsWith("dashed") ? [4, 4] : []);
    context.beginPath();
    for (const one of group) {
      const since = effects.spawns.get(one.key);
      edge(context, one, since === undefined ? 1 : easeOut((nowMs - since) / SPAWN_MS));
    }
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** The arc's control point: halfway out, turned a little towards the child, so that all arcs bend the same way round. */
function control(one: Drawn): { x: number; y: number } {
  const { parent, sun } = one;
  const midX = (parent!.x + one.x) / 2;
  const midY = (parent!.y + one.y) / 2;
  const bend = one.node.ring === 1 ? 0.11 : 0.04;
  return { x: midX - (midY - sun.y) * bend, y: midY + (midX - sun.x) * bend };
}

function edge(context: CanvasRenderingContext2D, one: Drawn, share: number): void {
  const { parent } = one;
  const bent = control(one);
  context.moveTo(parent!.x, parent!.y);
  if (share >= 1) {
    context.quadraticCurveTo(bent.x, bent.y, one.x, one.y);
    return;
  }
  const end = along(one, share);
  context.quadraticCurveTo(parent!.x + (bent.x - parent!.x) * share, parent!.y + (bent.y - parent!.y) * share, end.x, end.y);
}

/** A point of the edge: 0 at the parent, 1 at the child. */
function along(one: Drawn, t: number): { x: number; y: number } {
  const bent = control(one);
  const u = 1 - t;
  return { x: u * u * one.parent!.x + 2 * u * t * bent.x + t * t * one.x, y: u * u * one.parent!.y + 2 * u * t * bent.y + t * t * one.y };
}

function drawGlows(context: CanvasRenderingContext2D, drawn: readonly Drawn[], { paint, effects, nowMs }: FrameOptions): void {
  for (const one of drawn) {
    const { node } = one;
    const leaving = effects.leaving.get(one.key);
    if (node.ring === 0 && node.status !== "ended")
      glow(context, one, one.radius * 6.2, `rgb(${paint.glow} / ${paint.isDark ? 0.34 : 0.24})`, one.dim);
    else if (leaving !== undefined || node.flash > 0) {
      const t = leaving === undefined ? 0 : (nowMs - leaving.sinceMs) / FLASH_MS;
      const colour = outcomeColour(paint, leaving?.outcome ?? node.outcome);
      glow(context, one, one.radius * 3.4, colour, Math.max(0, (1 - t * 0.4) * 0.5) * one.dim);
    } else if (node.status === "working" && node.alpha === 1) glow(context, one, one.radius * 2.5, paint.disc(node.colour), 0.22 * one.dim);
  }
}

function glow(context: CanvasRenderingContext2D, at: Disc, radius: number, colour: string, alpha: number): void {
  if (alpha <= 0) return;
  context.globalAlpha = alpha;
  drawGlow(context, at, radius, colour);
  context.globalAlpha = 1;
}

function radiusNow(one: Drawn, { effects, nowMs, isStill }: FrameOptions): number {
  if (isStill) return one.radius;
  const spawned = effects.spawns.get(one.key);
  const grown = spawned === undefined ? 1 : 0.6 + 0.4 * easeOut((nowMs - spawned) / SPAWN_MS);
  const pulsed = effects.pulses.get(one.key);
  const swell = pulsed === undefined ? 1 : 1 + 0.5 * Math.sin(Math.PI * Math.min(1, (nowMs - pulsed) / PULSE_MS));
  return one.radius * grown * swell;
}

function alphaNow(one: Drawn, { effects, nowMs, isStill }: FrameOptions): number {
  const spawned = isStill ? undefined : effects.spawns.get(one.key);
  const appeared = spawned === undefined ? 1 : easeOut((nowMs - spawned) / SPAWN_MS);
  const leaving = effects.leaving.get(one.key);
  const left = leaving === undefined ? 1 : 1 - Math.max(0, nowMs - leaving.sinceMs - FLASH_MS) / (LEAVE_MS - FLASH_MS);
  return Math.max(0, one.node.alpha * one.dim * appeared * left);
}

function drawDiscs(context: CanvasRenderingContext2D, drawn: readonly Drawn[], options: FrameOptions): void {
  const { paint } = options;
  const solid = new Map<string, Drawn[]>();
  for (const one of drawn) {
    const alpha = Math.round(alphaNow(one, options) * (one.node.status === "idle" && one.node.ring > 0 ? 0.62 : 1) * 20) / 20;
    const key = `${one.node.colour} ${alpha}`;
    const group = solid.get(key);
    if (group === undefined) solid.set(key, [one]);
    else group.push(one);
  }
  for (const [key, group] of solid) {
    const alpha = Number(key.slice(key.lastIndexOf(" ")));
    if (alpha <= 0) continue;
    // The ground first, so that no edge shines through a faded disc.
    if (alpha < 1) fillAll(context, group, options, paint.ground, 1);
    fillAll(context, group, options, paint.disc(group[0]!.node.colour), alpha);
  }
}

function fillAll(context: CanvasRenderingContext2D, group: readonly Drawn[], options: FrameOptions, colour: string, alpha: number): void {
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.beginPath();
  for (const one of group) circle(context, one, radiusNow(one, options));
  context.fill();
  context.globalAlpha = 1;
}

function drawStates(context: CanvasRenderingContext2D, drawn: readonly Drawn[], options: FrameOptions): void {
  const { paint, nowMs, isStill, effects } = options;
  const sweep = isStill ? -0.6 : ((nowMs % SWEEP_MS) / SWEEP_MS) * TURN;
  const working = new Map<string, Drawn[]>();
  const stalled: Drawn[] = [];
  for (const one of drawn) {
    const leaving = effects.leaving.get(one.key);
    if (leaving !== undefined || one.node.flash > 0) flashRing(context, one, options);
    else if (one.node.status === "working")
      (working.get(one.node.colour) ?? working.set(one.node.colour, []).get(one.node.colour)!).push(one);
    else if (one.node.status === "stalled") stalled.push(one);
    else if (one.node.status === "waiting") drawWaiting(context, one, options);
  }
  context.lineCap = "round";
  for (const group of working.values()) {
    for (const dim of [1, 0.35]) {
      context.globalAlpha = dim;
      context.strokeStyle = paint.disc(group[0]!.node.colour);
      context.lineWidth = 1.6;
      context.beginPath();
      for (const one of group) {
        if (one.dim < 1 !== dim < 1) continue;
        const radius = around(one, 5);
        const start = sweep + one.node.turn * TURN;
        context.moveTo(one.x + Math.cos(start) * radius, one.y + Math.sin(start) * radius);
        context.arc(one.x, one.y, radius, start, start + 1.9);
      }
      context.stroke();
    }
  }
  context.lineCap = "butt";
  context.globalAlpha = 1;
  context.strokeStyle = paint.dim;
  context.lineWidth = 1.4;
  context.setLineDash([2.5, 3.5]);
  context.beginPath();
  for (const one of stalled) circle(context, one, around(one, 5));
  context.stroke();
  context.setLineDash([]);
}

/** So far outside a disc; nearer where discs are small because they are many. */
function around(one: Drawn, far: number): number {
  return one.radius + far * Math.min(1, one.radius / FULL_ROOM);
}

function flashRing(context: CanvasRenderingContext2D, one: Drawn, options: FrameOptions): void {
  const leaving = options.effects.leaving.get(one.key);
  context.globalAlpha = alphaNow(one, options);
  context.strokeStyle = outcomeColour(options.paint, leaving?.outcome ?? one.node.outcome);
  context.lineWidth = 2;
  context.beginPath();
  circle(context, one, one.radius + 4);
  context.stroke();
  context.globalAlpha = 1;
}

function drawWaiting(context: CanvasRenderingContext2D, one: Drawn, { paint, nowMs, isStill }: FrameOptions): void {
  const breath = isStill ? 0.5 : 0.5 - 0.5 * Math.cos(((nowMs % BREATH_MS) / BREATH_MS) * TURN);
  context.globalAlpha = one.dim;
  context.strokeStyle = paint.waiting;
  context.lineWidth = around(one, 2) - one.radius;
  context.beginPath();
  circle(context, one, around(one, 4));
  context.stroke();
  context.globalAlpha = one.dim * (0.35 + 0.5 * breath);
  context.lineWidth = around(one, 1.2) - one.radius;
  context.beginPath();
  circle(context, one, around(one, 8 + 2.5 * breath));
  context.stroke();
  context.globalAlpha = one.dim;
  if (one.radius >= WORD_ROOM)
    text(context, "?", one.x, one.y + 0.5, {
      font: `700 ${Math.max(9, Math.round(one.radius * 1.25))}px ${paint.font}`,
      colour: paint.ground,
    });
  context.globalAlpha = 1;
}

function drawMoons(context: CanvasRenderingContext2D, drawn: readonly Drawn[], options: FrameOptions): void {
  const { paint, effects, nowMs, isStill } = options;
  const byKey = new Map<string, Drawn>();
  for (const dim of [1, 0.35]) {
    context.globalAlpha = dim;
    context.fillStyle = paint.moon;
    context.beginPath();
    for (const one of drawn) {
      byKey.set(one.key, one);
      if (one.dim < 1 !== dim < 1) continue;
      const size = Math.max(1.4, Math.min(3.2, one.radius * 0.26));
      for (const call of one.node.running.slice(0, MOONS)) {
        const at = moonAt(one, call.call_id, isStill ? 0 : nowMs, around(one, 11));
        context.moveTo(at.x + size, at.y);
        context.arc(at.x, at.y, size, 0, TURN);
      }
    }
    context.fill();
  }
  context.globalAlpha = 1;
  if (isStill) return;
  for (const [call, { node, sinceMs }] of effects.falls) {
    const one = byKey.get(node);
    if (one === undefined) continue;
    const t = Math.min(1, (nowMs - sinceMs) / FALL_MS);
    const at = moonAt(one, call, nowMs, (one.radius + 13) * (1 - t * t));
    context.fillStyle = paint.fail;
    context.beginPath();
    context.arc(at.x, at.y, 4.2 - 1.4 * t, 0, TURN);
    context.fill();
  }
  for (const [key, since] of effects.sparks) {
    const one = byKey.get(key);
    if (one?.parent === undefined) continue;
    const t = easeOut((nowMs - since) / SPARK_MS);
    const at = along(one, 1 - t);
    context.fillStyle = paint.brass;
    context.beginPath();
    context.arc(at.x, at.y, 3, 0, TURN);
    context.fill();
    const tail = along(one, Math.min(1, 1 - t + 0.08));
    context.globalAlpha = 0.4;
    context.beginPath();
    context.arc(tail.x, tail.y, 2, 0, TURN);
    context.fill();
    context.globalAlpha = 1;
  }
}

/** Every call has its own phase, from its id: the same in every replay. */
function moonAt(one: Drawn, call: string, nowMs: number, distance: number): { x: number; y: number } {
  let phase = 0;
  for (let i = Math.max(0, call.length - 8); i < call.length; i++) phase = (phase * 31 + call.charCodeAt(i)) % 997;
  const angle = (phase / 997 + (nowMs % ORBIT_MS) / ORBIT_MS) * TURN;
  return { x: one.x + Math.cos(angle) * distance, y: one.y + Math.sin(angle) * distance };
}

/** The words of the count are a label like others; the ring says that there is more inside. */
function drawCounts(context: CanvasRenderingContext2D, drawn: readonly Drawn[], { paint }: FrameOptions): void {
  for (const one of drawn) {
    if (one.count === 0) continue;
    context.globalAlpha = one.dim;
    context.strokeStyle = paint.disc(one.node.colour);
    context.lineWidth = 1.2;
    context.beginPath();
    circle(context, one, around(one, 3));
    context.stroke();
  }
  context.globalAlpha = 1;
}

function drawSelection(context: CanvasRenderingContext2D, drawn: readonly Drawn[], { paint, selected, hovered }: FrameOptions): void {
  for (const one of drawn) {
    if (one.key !== selected && one.key !== hovered) continue;
    context.strokeStyle = paint.brass;
    context.globalAlpha = one.key === selected ? 1 : 0.55;
    context.lineWidth = 1.5;
    context.beginPath();
    circle(context, one, one.radius + 15);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** Names of calls that rise beside their agent and fade; one that would run into another label is left out. */
export function drawRising(
  context: CanvasRenderingContext2D,
  byKey: ReadonlyMap<string, Drawn>,
  placed: readonly { readonly x: number; readonly y: number; readonly width: number }[],
  { paint, effects, nowMs, isStill, width }: FrameOptions,
): void {
  if (isStill) return;
  const taken = placed.map(({ x, y, width }) => ({ left: x - width / 2, right: x + width / 2, top: y, bottom: y + 15 }));
  for (const { node, name, times, sinceMs } of effects.labels.values()) {
    const one = byKey.get(node);
    if (one === undefined) continue;
    const t = Math.min(1, (nowMs - sinceMs) / LABEL_MS);
    const words = times > 1 ? `${name} ×${times}` : name;
    const long = words.length * 7 + 4;
    const isRight = one.x + one.radius + 16 + long < width;
    const left = isRight ? one.x + one.radius + 16 : one.x - one.radius - 16 - long;
    const box = { left, right: left + long, top: one.y - RISE - 7, bottom: one.y + 9 };
    if (taken.some((other) => other.left < box.right && other.right > box.left && other.top < box.bottom && other.bottom > box.top))
      continue;
    taken.push(box);
    context.globalAlpha = (t < 0.15 ? t / 0.15 : 1 - (t - 0.15) / 0.85) * one.dim;
    const style = { font: `500 11px ${paint.mono}`, colour: paint.ink, halo: paint.ground };
    drawWords(context, words, { x: left, y: one.y - 4 - RISE * easeOut(t), align: "left" }, style);
  }
  context.globalAlpha = 1;
}

export function text(
  context: CanvasRenderingContext2D,
  words: string,
  x: number,
  y: number,
  style: { font: string; colour: string },
): void {
  context.font = style.font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = style.colour;
  context.fillText(words, x, y);
}

function circle(context: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, radius: number): void {
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, TURN);
}
