import type { Drawn, FrameOptions } from "./draw-nodes.ts";
import { drawWords } from "./sprites.ts";
import { placeLabels, type LabelWish } from "./labels.ts";
import { whole } from "../ui/format.ts";
import type { Paint } from "./paint.ts";
import type { View } from "./camera.ts";

interface Line {
  readonly key: string;
  readonly words: string;
  readonly font: string;
  readonly colour: string;
  readonly alpha: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** What is written beside something that is no agent: the first line, and others under it. */
export interface MarkLabel {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly clear: number;
  readonly lines: readonly Pick<Line, "words" | "font" | "colour">[];
}

/** A name is no wider than this share of the picture, or so many pixels where that is more. */
const MOST_SHARE = 0.28;
const LEAST_WIDTH = 110;
const LINE = 15;
/** From here on there is room beside a disc for what its agent did. */
const TOOLS_ZOOM = 1.7;
const MARK_PRIORITY = 1.5;
const widths = new Map<string, number>();

/** Chooses and places the labels of one picture; drawing them again costs nothing until something moves. */
export function layLabels(
  context: CanvasRenderingContext2D,
  drawn: readonly Drawn[],
  view: View,
  options: Pick<FrameOptions, "paint" | "selected" | "hovered"> & { zoom: number; marks: readonly MarkLabel[] },
): Line[] {
  const { paint } = options;
  const isCrowd = drawn.length > 90 || options.zoom < 0.42;
  const lines = new Map<string, Omit<Line, "x" | "y" | "width">>();
  const wishes: LabelWish[] = [];
  for (const one of drawn) {
    if (one.x < 0 || one.x > view.width || one.y < 0 || one.y > view.height) continue;
    const priority = priorityOf(one, options);
    if (one.count > 0) {
      const key = `${one.key} count`;
      const font = `600 11px ${paint.mono}`;
      const words = `+${whole(one.count)}`;
      lines.set(key, { key, words, font, colour: paint.ink, alpha: one.dim });
      wishes.push({
        key,
        x: one.x,
        y: one.y,
        clear: one.radius + 5,
        width: widthOf(context, font, words),
        height: LINE - 1,
        priority: 50 - Math.min(20, one.count / 20),
        side: one.y >= one.sun.y ? 1 : -1,
      });
    }
    if (isCrowd && priority >= 4) continue;
    const side = one.node.ring === 0 || one.y >= one.sun.y ? 1 : -1;
    const clear = one.radius + 13;
    const isMinor = one.node.ring > 1;
    const font = `${isMinor ? 500 : 600} 12px ${paint.font}`;
    const name = {
      key: one.key,
      words: shortened(context, font, one.node.label, Math.max(LEAST_WIDTH, view.width * MOST_SHARE)),
      font,
      colour: isMinor ? paint.dim : paint.ink,
      alpha: one.node.alpha < 1 ? 0.7 * one.dim : one.dim,
    };
    const width = widthOf(context, name.font, name.words);
    wishes.push({ key: one.key, x: one.x, y: one.y, clear, width, height: LINE, priority, side, isAsked: priority < 2 });
    lines.set(one.key, name);
    const mono = `400 11px ${paint.mono}`;
    const tells = one.key === options.selected || options.zoom >= TOOLS_ZOOM ? one.node.tools : [];
    const more = isCrowd && one.key !== options.selected ? [] : [...(one.node.sublabel === "" ? [] : [one.node.sublabel]), ...tells];
    for (const [index, words] of more.entries()) {
      const key = `${one.key} sub ${index}`;
      lines.set(key, { key, words, font: mono, colour: paint.dim, alpha: one.dim });
      wishes.push({
        key,
        x: one.x,
        y: one.y,
        clear: clear + LINE * (index + 1),
        width: widthOf(context, mono, words),
        height: LINE - 1,
        priority: priority + 100 + index,
        side,
        under: index === 0 ? one.key : `${one.key} sub ${index - 1}`,
      });
    }
  }
  for (const mark of options.marks) {
    for (const [index, line] of mark.lines.entries()) {
      const key = index === 0 ? mark.key : `${mark.key} ${index}`;
      lines.set(key, { key, ...line, alpha: 1 });
      wishes.push({
        key,
        x: mark.x,
        y: mark.y,
        clear: mark.clear + index * LINE,
        width: widthOf(context, line.font, line.words),
        height: LINE,
        priority: MARK_PRIORITY + index * 0.1,
        side: 1,
        ...(index === 0 ? {} : { under: index === 1 ? mark.key : `${mark.key} ${index - 1}` }),
      });
    }
  }
  const frame = { left: 6, top: 6, right: view.width - 6, bottom: view.height - 6 };
  const placed = placeLabels(
    wishes,
    [
      ...drawn.map((one) => ({ x: one.x, y: one.y, radius: one.radius + 4 })),
      ...options.marks.map((mark) => ({ x: mark.x, y: mark.y, radius: mark.clear - 4 })),
    ],
    frame,
    view.covered,
  );
  const wide = new Map(wishes.map((wish) => [wish.key, wish.width]));
  return placed.map(({ key, x, y }) => ({ ...lines.get(key)!, x, y, width: wide.get(key)! }));
}

export function drawLabels(context: CanvasRenderingContext2D, lines: readonly Line[], paint: Paint): void {
  for (const line of lines) {
    context.globalAlpha = line.alpha;
    drawWords(
      context,
      line.words,
      { x: line.x, y: line.y + 1, align: "center" },
      { font: line.font, colour: line.colour, halo: paint.ground },
    );
  }
  context.globalAlpha = 1;
}

export type { Line as PlacedLine };

function priorityOf({ key, node }: Drawn, { selected, hovered }: { selected: string | undefined; hovered: string | undefined }): number {
  if (key === selected) return 0;
  if (key === hovered) return 1;
  if (node.status === "waiting") return 2;
  if (node.ring === 0) return 3;
  if (node.status === "ended") return 20 + node.ring;
  return (node.status === "working" ? 4 : 10) + node.ring;
}

/** The words, or as many of their letters as are not wider than `most` pixels. */
function shortened(context: CanvasRenderingContext2D, font: string, words: string, most: number): string {
  const width = widthOf(context, font, words);
  if (width <= most) return words;
  return `${words.slice(0, Math.max(1, Math.floor((words.length * most) / width) - 1)).trimEnd()}…`;
}

export function widthOf(context: CanvasRenderingContext2D, font: string, words: string): number {
  const key = `${font}\n${words}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size > 5_000) widths.clear();
  context.font = font;
  const width = Math.ceil(context.measureText(words).width) + 4;
  widths.set(key, width);
  return width;
}
