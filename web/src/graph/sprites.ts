/** What is dear to draw and seldom changes, drawn once: words with a halo, and glows. Without a graphics card each costs a frame dearly. */
interface Sprite {
  readonly canvas: OffscreenCanvas;
  /** In screen pixels. */
  readonly width: number;
  readonly height: number;
}

const LIMIT = 1_500;
const sprites = new Map<string, Sprite>();

function sprite(
  key: string,
  size: { width: number; height: number; scale: number },
  paint: (context: OffscreenCanvasRenderingContext2D) => void,
): Sprite {
  const known = sprites.get(key);
  if (known !== undefined) return known;
  const canvas = new OffscreenCanvas(Math.max(1, Math.ceil(size.width * size.scale)), Math.max(1, Math.ceil(size.height * size.scale)));
  const context = canvas.getContext("2d")!;
  context.scale(size.scale, size.scale);
  paint(context);
  const made = { canvas, width: canvas.width / size.scale, height: canvas.height / size.scale };
  if (sprites.size >= LIMIT) sprites.clear();
  sprites.set(key, made);
  return made;
}

export interface WordStyle {
  readonly font: string;
  readonly colour: string;
  readonly halo: string;
}

const PAD = 3;
const LINE = 18;

/** Words on one line: `x` is their middle or their left edge, `y` their top. */
export function drawWords(
  context: CanvasRenderingContext2D,
  words: string,
  at: { readonly x: number; readonly y: number; readonly align: "center" | "left" },
  { font, colour, halo }: WordStyle,
): void {
  const scale = context.getTransform().a;
  context.font = font;
  const key = `${scale} ${font} ${colour} ${halo} ${words}`;
  const known = sprites.get(key);
  const width = known?.width ?? context.measureText(words).width + 2 * PAD;
  const { canvas, height } = sprite(key, { width, height: LINE + 2 * PAD, scale }, (own) => {
    own.font = font;
    own.textBaseline = "top";
    own.strokeStyle = halo;
    own.lineWidth = 3;
    own.lineJoin = "round";
    own.strokeText(words, PAD, PAD);
    own.fillStyle = colour;
    own.fillText(words, PAD, PAD);
  });
  const left = at.align === "center" ? at.x - width / 2 : at.x - PAD;
  // On whole pixels words stay sharp.
  context.drawImage(canvas, Math.round(left * scale) / scale, Math.round((at.y - PAD) * scale) / scale, width, height);
}

/** A round glow that fades outwards. */
export function drawGlow(
  context: CanvasRenderingContext2D,
  { x, y }: { readonly x: number; readonly y: number },
  radius: number,
  colour: string,
): void {
  const scale = context.getTransform().a;
  const whole = Math.max(1, Math.round(radius));
  const { canvas } = sprite(`${scale} ${whole} ${colour}`, { width: 2 * whole, height: 2 * whole, scale }, (own) => {
    own.fillStyle = colour;
    own.fillRect(0, 0, 2 * whole, 2 * whole);
    // As a mask: a gradient to `transparent` goes through black, which is a smudge on a light ground.
    const fading = own.createRadialGradient(whole, whole, 0, whole, whole, whole);
    fading.addColorStop(0, "#000");
    fading.addColorStop(1, "transparent");
    own.globalCompositeOperation = "destination-in";
    own.fillStyle = fading;
    own.fillRect(0, 0, 2 * whole, 2 * whole);
  });
  context.drawImage(canvas, x - radius, y - radius, 2 * radius, 2 * radius);
}
