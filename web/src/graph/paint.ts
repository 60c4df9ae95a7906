import type { SceneNode } from "./scene.ts";

/** The colours of the picture, read from the style sheet so that there is one place for them. */
export interface Paint {
  readonly ground: string;
  readonly ink: string;
  readonly dim: string;
  readonly brass: string;
  readonly waiting: string;
  readonly fail: string;
  readonly ok: string;
  readonly partial: string;
  readonly ring: string;
  readonly tick: string;
  readonly edge: string;
  readonly star: string;
  readonly moon: string;
  /** `r g b`, for gradients. */
  readonly glow: string;
  readonly font: string;
  readonly mono: string;
  readonly isDark: boolean;
  disc(colour: SceneNode["colour"]): string;
}

export function readPaint(element: Element): Paint {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const discs = new Map<string, string>();
  return {
    ground: read("ground"),
    ink: read("ink"),
    dim: read("dim"),
    brass: read("brass"),
    waiting: read("waiting"),
    fail: read("fail"),
    ok: read("ok"),
    partial: read("partial"),
    ring: read("graph-ring"),
    tick: read("graph-tick"),
    edge: read("graph-edge"),
    star: read("graph-star"),
    moon: read("graph-moon"),
    glow: read("graph-glow"),
    font: read("font"),
    mono: read("mono"),
    isDark: style.colorScheme === "dark",
    disc(colour) {
      const known = discs.get(colour) ?? (colour === "brass" ? read("brass") : read(`family-${colour}`));
      discs.set(colour, known);
      return known;
    },
  };
}

export function outcomeColour(paint: Paint, outcome: SceneNode["outcome"]): string {
  if (outcome === "completed") return paint.ok;
  if (outcome === "partial") return paint.partial;
  return outcome === undefined ? paint.dim : paint.fail;
}
