import { toScreen, type Camera, type View } from "./camera.ts";
import { widthOf, type MarkLabel, type PlacedLine } from "./draw-labels.ts";
import { text, type FrameOptions } from "./draw-nodes.ts";
import type { Disc } from "./hit-test.ts";
import type { Box } from "./labels.ts";
import type { Paint } from "./paint.ts";
import { clip } from "../ui/format.ts";
import { projectParts, projectWords } from "./projects.ts";
import type { SceneRegion } from "./scene.ts";

/** A project on the screen: a frame around its systems or, from far away, one mark in their place. */
export interface DrawnRegion extends Disc {
  readonly region: SceneRegion;
  readonly box: Box;
  readonly isFolded: boolean;
}

/** From this zoom outwards projects are drawn as one thing each; one that is still large on the screen, in pixels, stays open. */
const FOLD_ZOOM = 0.24;
const STAYS_OPEN = 260;
const TOO_SMALL = 64;
const MARK_MIN = 9;
const MARK_MAX = 30;
const DOTS = 12;
const TURN = 2 * Math.PI;
const SWEEP_MS = 2_400;
const LINE = 15;
const PAD = 12;

/** @param held a session that stays unfolded: what is selected is always to be seen */
export function layRegions(regions: readonly SceneRegion[], camera: Camera, view: View, held: string | undefined): DrawnRegion[] {
  return regions.map((region) => {
    const from = toScreen(camera, view, region.left, region.top);
    const to = toScreen(camera, view, region.right, region.bottom);
    const side = Math.min(to.x - from.x, to.y - from.y);
    const isSmall = side < (camera.zoom < FOLD_ZOOM ? STAYS_OPEN : TOO_SMALL);
    return {
      key: region.key,
      region,
      box: { left: from.x, top: from.y, right: to.x, bottom: to.y },
      isFolded: isSmall && (held === undefined || !region.sessions.includes(held)),
      x: (from.x + to.x) / 2,
      y: (from.y + to.y) / 2,
      radius: Math.min(MARK_MAX, Math.max(MARK_MIN, side * 0.24)),
    };
  });
}

/** The frames of the projects that are unfolded. */
export function drawFrames(context: CanvasRenderingContext2D, regions: readonly DrawnRegion[], view: View, paint: Paint): void {
  context.lineWidth = 1;
  context.strokeStyle = paint.ring;
  for (const { box, isFolded } of regions) {
    if (isFolded || !isInView(box, view)) continue;
    context.beginPath();
    context.roundRect(Math.round(box.left) + 0.5, Math.round(box.top) + 0.5, box.right - box.left, box.bottom - box.top, 10);
    context.stroke();
  }
}

/** A project from far away: its sessions as dots on a ring around their number, with the same arcs and rings as an agent has. */
export function drawMarks(context: CanvasRenderingContext2D, regions: readonly DrawnRegion[], view: View, options: FrameOptions): void {
  const { paint, nowMs, isStill, selected, hovered } = options;
  for (const one of regions) {
    if (!one.isFolded || !isInView(one.box, view)) continue;
    const { x, y, radius, region } = one;
    const isOver = region.agents === 0;
    context.globalAlpha = isOver ? 0.6 : 1;
    context.fillStyle = paint.ground;
    context.strokeStyle = paint.brass;
    context.lineWidth = 1.5;
    circle(context, x, y, radius);
    context.fill();
    context.stroke();
    context.fillStyle = paint.brass;
    const dots = Math.min(DOTS, region.sessions.length);
    for (let i = 0; i < dots; i++) {
      const angle = (i / dots) * TURN - TURN / 4;
      circle(context, x + Math.cos(angle) * radius, y + Math.sin(angle) * radius, 2.5);
      context.fill();
    }
    if (radius > 11) {
      const font = `600 ${radius > 20 ? 13 : 11}px ${paint.mono}`;
      text(context, String(region.sessions.length), x, y + 0.5, { font, colour: paint.ink });
    }
    if (region.waiting > 0) {
      context.strokeStyle = paint.waiting;
      for (const gap of [5, 8.5]) {
        circle(context, x, y, radius + gap);
        context.stroke();
      }
    } else if (region.working > 0) {
      const angle = isStill ? -TURN / 4 : ((nowMs % SWEEP_MS) / SWEEP_MS) * TURN;
      context.strokeStyle = paint.brass;
      context.beginPath();
      context.arc(x, y, radius + 6, angle, angle + TURN / 4);
      context.stroke();
    }
    context.globalAlpha = 1;
    if (one.key !== selected && one.key !== hovered) continue;
    context.strokeStyle = one.key === selected ? paint.brass : paint.dim;
    context.lineWidth = one.key === selected ? 2 : 1;
    circle(context, x, y, radius + 12);
    context.stroke();
  }
}

/** What stands beside the mark of a folded project, line by line. */
export function markLabels(
  regions: readonly DrawnRegion[],
  { paint, spend }: { paint: Paint; spend: ReadonlyMap<string, string> },
): MarkLabel[] {
  // Beside open frames there is room for a name only.
  const isAll = regions.every(({ isFolded }) => isFolded);
  return regions
    .filter(({ isFolded }) => isFolded)
    .map(({ key, x, y, radius, region }) => ({
      key,
      x,
      y,
      clear: radius + 14,
      lines: [
        { words: clip(region.name, 28), font: `600 13px ${paint.font}`, colour: paint.ink },
        ...(isAll ? projectParts(region, spend.get(region.name)) : []).map((words) => ({
          words,
          font: `400 11px ${paint.mono}`,
          colour: paint.dim,
        })),
      ],
    }));
}

/** Names and sums at the upper left inside the frames; they stay on the screen while a part of the frame does. */
export function frameLines(
  context: CanvasRenderingContext2D,
  regions: readonly DrawnRegion[],
  view: View,
  { paint, selected, spend }: { paint: Paint; selected: string | undefined; spend: ReadonlyMap<string, string> },
): { readonly lines: readonly PlacedLine[]; readonly boxes: ReadonlyMap<string, Box> } {
  const lines: PlacedLine[] = [];
  const boxes = new Map<string, Box>();
  for (const { key, region, box, isFolded } of regions) {
    if (isFolded || !isInView(box, view)) continue;
    const fonts = [`600 13px ${paint.font}`, `400 11px ${paint.mono}`] as const;
    const words = projectWords(region, spend.get(region.name));
    const left = Math.max(box.left + PAD, 10);
    const end = Math.min(box.right - PAD, view.width - 10);
    const name = fitting(context, region.name, fonts[0], end - left);
    if (name === undefined) continue;
    const widths = [widthOf(context, fonts[0], name), widthOf(context, fonts[1], words)] as const;
    let top = Math.max(box.top + PAD, 10);
    const isWhole = left + widths[0] + 8 + widths[1] <= end;
    const width = isWhole ? widths[0] + 8 + widths[1] : widths[0];
    for (const over of view.covered)
      if (left < over.right && left + width > over.left && top < over.bottom && top + LINE > over.top) top = over.bottom + 4;
    if (top + LINE > box.bottom - PAD) continue;
    const plain = { alpha: 1, y: top };
    const colour = key === selected ? paint.brass : paint.ink;
    lines.push({ ...plain, key, words: name, font: fonts[0], colour, x: left + widths[0] / 2, width: widths[0] });
    if (isWhole)
      lines.push({
        ...plain,
        key: `${key} sums`,
        words,
        font: fonts[1],
        colour: paint.dim,
        x: left + widths[0] + 8 + widths[1] / 2,
        y: top + 1,
        width: widths[1],
      });
    boxes.set(key, { left, top, right: left + width, bottom: top + LINE + 2 });
  }
  return { lines, boxes };
}

/** A name, cut until it fits; undefined where nothing of it would be left to read. */
function fitting(context: CanvasRenderingContext2D, name: string, font: string, width: number): string | undefined {
  for (let length = Math.min(name.length, 60); length >= 3; length--) {
    const words = clip(name, length);
    if (widthOf(context, font, words) <= width) return words;
  }
  return undefined;
}

function isInView({ left, right, top, bottom }: Box, view: Pick<View, "width" | "height">): boolean {
  return right > 0 && left < view.width && bottom > 0 && top < view.height;
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, TURN);
}
