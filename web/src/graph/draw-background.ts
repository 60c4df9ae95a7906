import { toScreen, type Camera, type View } from "./camera.ts";
import type { Paint } from "./paint.ts";
import type { Scene } from "./scene.ts";

const TURN = 2 * Math.PI;

/** The quiet part: stars or engraving, rings with their ticks. Drawn only when the camera, the suns or the theme change. */
export function drawBackground(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  view: View,
  paint: Paint,
  folded: ReadonlySet<string>,
): void {
  context.clearRect(0, 0, view.width, view.height);
  drawStars(context, camera, view, paint);
  for (const sun of scene.suns) {
    if (folded.has(sun.session_id)) continue;
    const centre = toScreen(camera, view, sun.x, sun.y);
    const outer = sun.radius * camera.zoom;
    if (centre.x + outer < 0 || centre.x - outer > view.width || centre.y + outer < 0 || centre.y - outer > view.height) continue;
    context.globalAlpha = sun.isOver ? 0.55 : 1;
    context.lineWidth = 1;
    context.strokeStyle = paint.ring;
    context.beginPath();
    for (const ring of sun.rings) circle(context, centre, ring * camera.zoom);
    context.stroke();
    if (outer > 60) drawBezel(context, centre, outer - 8, paint);
    context.globalAlpha = 1;
  }
}

/** The graduated circle around a system: a tick every 3 degrees, a longer one every 15. */
function drawBezel(context: CanvasRenderingContext2D, centre: { x: number; y: number }, radius: number, paint: Paint): void {
  const step = radius > 220 ? 120 : radius > 110 ? 72 : 24;
  const long = step / 24;
  context.strokeStyle = paint.tick;
  context.beginPath();
  for (let i = 0; i < step; i++) {
    const angle = (i / step) * TURN;
    const length = i % long === 0 ? 7 : 3;
    context.moveTo(centre.x + Math.cos(angle) * radius, centre.y + Math.sin(angle) * radius);
    context.lineTo(centre.x + Math.cos(angle) * (radius - length), centre.y + Math.sin(angle) * (radius - length));
  }
  context.stroke();
  context.strokeStyle = paint.ring;
  context.beginPath();
  circle(context, centre, radius);
  context.stroke();
}

/** The same sky every time: far stars that move less than the picture when it is dragged. */
function drawStars(context: CanvasRenderingContext2D, camera: Camera, view: View, paint: Paint): void {
  const tile = 512;
  const shiftX = -camera.x * 0.06;
  const shiftY = -camera.y * 0.06;
  context.fillStyle = paint.star;
  for (let tx = Math.floor(-shiftX / tile); tx * tile + shiftX < view.width; tx++) {
    for (let ty = Math.floor(-shiftY / tile); ty * tile + shiftY < view.height; ty++) {
      const next = chance((tx * 7_919) ^ (ty * 104_729) ^ 0x51ed);
      for (let i = 0; i < 26; i++) {
        const x = tx * tile + next() * tile + shiftX;
        const y = ty * tile + next() * tile + shiftY;
        const size = 0.4 + next() ** 3 * 1;
        context.globalAlpha = 0.25 + 0.75 * next();
        if (paint.isDark) {
          context.beginPath();
          context.arc(x, y, size, 0, TURN);
          context.fill();
        } else if (i % 4 === 0) {
          context.fillRect(x - 2.5, y - 0.4, 5, 0.8);
          context.fillRect(x - 0.4, y - 2.5, 0.8, 5);
        }
      }
    }
  }
  context.globalAlpha = 1;
}

function circle(context: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, radius: number): void {
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, TURN);
}

function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
