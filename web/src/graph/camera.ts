import type { Box } from "./labels.ts";
import type { Scene } from "./scene.ts";

/** What of the world is on screen: `x`, `y` in the middle, `zoom` screen pixels per world unit. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface View {
  readonly width: number;
  readonly height: number;
  /** What lies over the picture: labels keep clear of it. */
  readonly covered: readonly Box[];
}

const ZOOM_MIN = 0.05;
const ZOOM_MAX = 5;
const FIT_MAX = 2.1;
const MARGIN = 14;
/** What is followed keeps this share of the screen away from its edges. */
const EDGE = 0.2;

/** The camera that shows the whole picture as large as it goes, clear of what lies along the upper, the lower and the right edge. */
export function fitCamera(bounds: Scene["bounds"], view: View): Camera {
  const width = Math.max(1, bounds.right - bounds.left);
  const height = Math.max(1, bounds.bottom - bounds.top);
  const half = view.height / 2;
  const isBeside = ({ top, bottom }: Box) => top <= 0 && bottom >= view.height;
  const beside = Math.max(0, ...view.covered.filter(isBeside).map(({ left }) => view.width - left));
  const above = Math.max(0, ...view.covered.filter(({ bottom }) => bottom < half).map(({ bottom }) => bottom));
  const below = Math.max(0, ...view.covered.filter(({ top }) => top > half).map(({ top }) => view.height - top));
  const free = { width: Math.max(40, view.width - beside - 2 * MARGIN), height: Math.max(40, view.height - above - below - 2 * MARGIN) };
  const zoom = Math.min(FIT_MAX, free.width / width, free.height / height);
  return {
    x: (bounds.left + bounds.right) / 2 + beside / 2 / zoom,
    y: (bounds.top + bounds.bottom) / 2 + (below - above) / 2 / zoom,
    zoom,
  };
}

export function toScreen(camera: Camera, view: View, x: number, y: number): { x: number; y: number } {
  return { x: (x - camera.x) * camera.zoom + view.width / 2, y: (y - camera.y) * camera.zoom + view.height / 2 };
}

/** Zooms so that the world stays put under one point of the screen. */
export function zoomAt(camera: Camera, view: View, at: { x: number; y: number }, factor: number): Camera {
  const zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, camera.zoom * factor));
  const worldX = camera.x + (at.x - view.width / 2) / camera.zoom;
  const worldY = camera.y + (at.y - view.height / 2) / camera.zoom;
  return { x: worldX - (at.x - view.width / 2) / zoom, y: worldY - (at.y - view.height / 2) / zoom, zoom };
}

export function panBy(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
}

/** Moved as little as it takes to have a point of the world well inside the screen. */
export function keepInView(camera: Camera, view: View, x: number, y: number): Camera {
  const at = toScreen(camera, view, x, y);
  const within = (value: number, size: number) => Math.min(size * (1 - EDGE), Math.max(size * EDGE, value));
  const [dx, dy] = [within(at.x, view.width) - at.x, within(at.y, view.height) - at.y];
  return dx === 0 && dy === 0 ? camera : panBy(camera, dx, dy);
}

/** A step of `t` (0 to 1) from one camera to another; `to` itself once they look alike. */
export function towards(from: Camera, to: Camera, t: number): Camera {
  const near =
    Math.abs(to.x - from.x) * to.zoom < 0.3 && Math.abs(to.y - from.y) * to.zoom < 0.3 && Math.abs(to.zoom / from.zoom - 1) < 0.002;
  if (near) return to;
  return { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t, zoom: from.zoom * (to.zoom / from.zoom) ** t };
}

/** How much larger or smaller discs are drawn at a zoom: they follow it only in part, so that they stay visible far away. */
export function discScale(zoom: number): number {
  return zoom >= 1 ? 1 + (Math.min(zoom, 4) - 1) * 0.45 : Math.max(0.22, zoom ** 0.7);
}
