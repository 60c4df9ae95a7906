import { fitCamera, discScale, keepInView, panBy, toScreen, towards, zoomAt, type Camera, type View } from "./camera.ts";
import { drawBackground } from "./draw-background.ts";
import { drawLabels, layLabels, type PlacedLine } from "./draw-labels.ts";
import { drawFrames, drawMarks, frameLines, layRegions, markLabels, type DrawnRegion } from "./draw-regions.ts";
import { drawNodes, drawRising, type Drawn, type FrameOptions } from "./draw-nodes.ts";
import { createFlood } from "./flood.ts";
import { dropFinished, isMoving, noEffects, startEffects } from "./effects.ts";
import { foldCrowd, type Folded } from "./fold-crowd.ts";
import { hitTest } from "./hit-test.ts";
import { ancestry, neighbour, neighbourProject, type Direction } from "./navigate.ts";
import { readPaint, type Paint } from "./paint.ts";
import { createProbe } from "./probe.ts";
import { buildScene, emptyScene, type Scene, type SceneSession } from "./scene.ts";
import type { Box } from "./labels.ts";
import type { Transition } from "./transitions.ts";

export interface GraphInput {
  readonly sessions: readonly SceneSession[];
  readonly nowMs: number;
  readonly trail: boolean;
  /** `past` is drawn without any easing, `frozen` stands still. */
  readonly mode: "live" | "past" | "frozen";
  /** Where the camera does not show everything, it keeps this node in view. */
  readonly followed?: string | undefined;
  /** What each project costs, in words, where it is known. */
  readonly spend: ReadonlyMap<string, string>;
}

export interface Graph {
  /** Something of the input changed: it is read again before the next frame. */
  invalidate(): void;
  /** Sets found transitions in motion. */
  move(found: readonly Transition[]): void;
  select(key: string | undefined): void;
  /** Moves the selection; returns the new one. */
  step(direction: Direction): string | undefined;
  zoom(factor: number): void;
  pan(dx: number, dy: number): void;
  /** Shows one project as large as it goes. */
  showProject(key: string): void;
  /** Back to the camera that shows everything. */
  fit(): void;
  hit(x: number, y: number): string | undefined;
  hover(key: string | undefined): void;
  zoomUnder(x: number, y: number, factor: number): void;
  resize(view: View, pixelRatio: number): void;
  /** Something else lies over the picture now: it moves clear of it. */
  cover(covered: View["covered"]): void;
  repaint(): void;
  stop(): void;
}

export interface GraphDeps {
  readonly background: HTMLCanvasElement;
  readonly foreground: HTMLCanvasElement;
  read(): GraphInput;
  /** How many agents are not drawn one by one, and how many projects are one mark. */
  onFolded(agents: number, projects: number): void;
  onCamera(isFitted: boolean): void;
}

const DRAW_LIMIT = 300;
const GLIDE_MS = 90;
const CAMERA_MS = 150;
/** What moves glides between two pictures. */
const BUILD_EVERY_MS = 30;
/** While only arcs turn and rings breathe, thirty pictures a second are as smooth as sixty, for half the work. */
const AMBIENT_EVERY_MS = 30;
/** Building the picture may take at most this share of the time. */
const BUILD_SHARE = 0.25;

export function createGraph({ background, foreground, read, onFolded, onCamera }: GraphDeps): Graph {
  const probe = createProbe(() => ({
    zoom: camera.zoom,
    discs: drawn.map(({ key, x, y, radius }) => ({ key, x, y, radius })),
    labels: lines.map(({ key, words }) => ({ key, words })),
  }));
  const effects = noEffects();
  const flood = createFlood();
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const backContext = background.getContext("2d", { alpha: true })!;
  const context = foreground.getContext("2d", { alpha: true })!;
  const glides = new Map<string, { x: number; y: number }>();
  let paint: Paint = readPaint(foreground);
  let view: View = { width: 0, height: 0, covered: [] };
  let scene: Scene = emptyScene;
  let mode: GraphInput["mode"] = "live";
  let followed: string | undefined;
  let camera: Camera = fitCamera(scene.bounds, view);
  let isFitted = true;
  let isPlaced = false;
  let selected: string | undefined;
  let hovered: string | undefined;
  let line = new Set<string>();
  let drawn: Drawn[] = [];
  let drawnByKey = new Map<string, Drawn>();
  let regions: DrawnRegion[] = [];
  let names: ReadonlyMap<string, Box> = new Map();
  let shownProject: string | undefined;
  let spend: ReadonlyMap<string, string> = new Map();
  let lines: PlacedLine[] = [];
  let folded = 0;
  let foldedProjects = 0;
  let isStale = true;
  let isMoved = true;
  let isGliding = false;
  let isBackStale = true;
  let builtAtMs = 0;
  let buildMs = 0;
  let lastMs = 0;
  let request = 0;

  const frame = (nowMs: number): void => {
    request = 0;
    const isAtRest = !isStale && !isMoved && !isGliding && !isMoving(effects);
    if (flood.skips(nowMs, lastMs) || (isAtRest && nowMs - lastMs < AMBIENT_EVERY_MS)) return wake();
    const elapsed = Math.min(100, Math.max(1, nowMs - lastMs));
    lastMs = nowMs;
    const isStill = reduced.matches || mode !== "live";
    if (dropFinished(effects, nowMs)) isStale = true;
    const mayBuild = nowMs - builtAtMs > Math.max(BUILD_EVERY_MS, buildMs / BUILD_SHARE);
    if (isStale && mayBuild) build(nowMs);
    moveCamera(elapsed, isStill);
    isGliding = glide(elapsed, isStill);
    if (isMoved || isGliding) place();
    if (isBackStale) {
      drawBackground(backContext, scene, camera, view, paint, foldedSessions());
      drawFrames(backContext, regions, view, paint);
      isBackStale = false;
    }
    draw(nowMs, isStill);
    probe.drew(nowMs);
    const isAmbient =
      !isStill &&
      (drawn.some((one) => one.node.status === "working" || one.node.status === "waiting" || one.node.running.length > 0) ||
        regions.some((one) => one.isFolded && one.region.working > 0));
    if (isStale || isMoved || isGliding || isAmbient || isMoving(effects)) wake();
  };
  const wake = (): void => {
    if (request === 0 && view.width > 0) request = requestAnimationFrame(frame);
  };

  function build(nowMs: number): void {
    const began = performance.now();
    const input = read();
    if (mode !== input.mode) isBackStale = true;
    mode = input.mode;
    followed = input.followed;
    spend = input.spend;
    if (mode === "past") for (const moving of Object.values(effects)) moving.clear();
    const before = scene;
    scene = buildScene(input.sessions, { nowMs: input.nowMs, trail: input.trail, leaving: new Set(effects.leaving.keys()) });
    if (!sameSuns(before, scene)) isBackStale = true;
    line = ancestry(scene.byKey, selected);
    for (const key of glides.keys()) if (!scene.byKey.has(key)) glides.delete(key);
    // Whoever fades by the clock alone needs the next picture too.
    isStale = mode === "live" && !input.trail && scene.nodes.some((node) => node.ring > 0 && node.alpha > 0.31 && node.alpha < 1);
    isMoved = true;
    builtAtMs = nowMs;
    buildMs = performance.now() - began;
  }

  function moveCamera(elapsed: number, isStill: boolean): void {
    const kept = followed === undefined ? undefined : scene.byKey.get(followed);
    const room = scene.regions.find(({ key }) => key === shownProject);
    if (!isFitted && room === undefined && kept === undefined) return;
    const goal = room !== undefined || isFitted ? fitCamera(room ?? scene.bounds, view) : keepInView(camera, view, kept!.x, kept!.y);
    const next = isStill || !isPlaced ? goal : towards(camera, goal, 1 - Math.exp(-elapsed / CAMERA_MS));
    isPlaced ||= scene.suns.length > 0;
    if (next.x === camera.x && next.y === camera.y && next.zoom === camera.zoom) return;
    camera = next;
    isMoved = true;
    isBackStale = true;
  }

  function glide(elapsed: number, isStill: boolean): boolean {
    let isGliding = false;
    const share = isStill ? 1 : 1 - Math.exp(-elapsed / GLIDE_MS);
    for (const node of scene.nodes) {
      const at = glides.get(node.key);
      if (at === undefined) {
        glides.set(node.key, { x: node.x, y: node.y });
        continue;
      }
      const far = Math.abs(node.x - at.x) + Math.abs(node.y - at.y);
      if (far === 0) continue;
      isGliding = true;
      const step = far < 0.5 ? 1 : share;
      at.x += (node.x - at.x) * step;
      at.y += (node.y - at.y) * step;
    }
    return isGliding;
  }

  function place(): void {
    isMoved = false;
    const scale = discScale(camera.zoom);
    const isInView = (x: number, y: number) => x > -60 && y > -60 && x < view.width + 60 && y < view.height + 60;
    const screens = new Map<string, { x: number; y: number }>();
    const wanted = new Set<string>();
    for (const node of scene.nodes) {
      const at = glides.get(node.key) ?? node;
      const screen = toScreen(camera, view, at.x, at.y);
      screens.set(node.key, screen);
      if (!isInView(screen.x, screen.y)) continue;
      for (let up: string | undefined = node.key; up !== undefined && !wanted.has(up); up = scene.byKey.get(up)?.parentKey) wanted.add(up);
    }
    const inView = wanted.size === scene.nodes.length ? scene.nodes : scene.nodes.filter((node) => wanted.has(node.key));
    regions = layRegions(scene.regions, camera, view, selected === undefined ? undefined : scene.byKey.get(selected)?.session_id);
    const away = foldedSessions();
    const near = away.size === 0 ? inView : inView.filter((node) => !away.has(node.session_id));
    const crowd: Folded = foldCrowd(near, DRAW_LIMIT, line);
    const suns = new Map(scene.suns.map((sun) => [sun.session_id, toScreen(camera, view, sun.x, sun.y)]));
    drawn = [];
    drawnByKey = new Map();
    for (const node of near) {
      if (crowd.hidden.has(node.key)) continue;
      const one: Drawn = {
        key: node.key,
        node,
        ...screens.get(node.key)!,
        radius: node.radius * scale,
        parent: node.parentKey === undefined ? undefined : drawnByKey.get(node.parentKey),
        sun: suns.get(node.session_id)!,
        count: crowd.counts.get(node.key) ?? 0,
        dim: selected === undefined || line.size === 0 || line.has(node.key) ? 1 : 0.35,
        isLit: node.key !== undefined && line.has(node.key),
      };
      drawn.push(one);
      drawnByKey.set(node.key, one);
    }
    const named = frameLines(context, regions, view, { paint, selected, spend });
    names = named.boxes;
    const covered = [...view.covered, ...names.values()];
    const marks = markLabels(regions, { paint, spend });
    lines = [...named.lines, ...layLabels(context, drawn, { ...view, covered }, { paint, selected, hovered, zoom: camera.zoom, marks })];
    const count = crowd.hidden.size + scene.unplaced;
    const projects = regions.filter(({ isFolded }) => isFolded).length;
    if (count !== folded || projects !== foldedProjects) onFolded((folded = count), (foldedProjects = projects));
  }

  function foldedSessions(): ReadonlySet<string> {
    return new Set(regions.flatMap(({ isFolded, region }) => (isFolded ? region.sessions : [])));
  }

  function draw(nowMs: number, isStill: boolean): void {
    context.clearRect(0, 0, view.width, view.height);
    const options: FrameOptions = { paint, effects, nowMs, isStill, selected, hovered, width: view.width };
    drawNodes(context, drawn, options);
    drawMarks(context, regions, view, options);
    drawLabels(context, lines, paint);
    drawRising(context, drawnByKey, lines, options);
  }

  function setCamera(next: Camera): void {
    camera = next;
    shownProject = undefined;
    isMoved = true;
    isBackStale = true;
    if (isFitted) onCamera((isFitted = false));
    wake();
  }

  const preferenceChanged = () => wake();
  reduced.addEventListener("change", preferenceChanged);

  return {
    invalidate() {
      isStale = true;
      wake();
    },
    move(found) {
      // Counted even where nothing may move: the probe says what was told, reduced motion how.
      const nowMs = performance.now();
      probe.pulsed(startEffects(effects, found, nowMs));
      flood.moved(found.length, nowMs);
      if (reduced.matches) for (const moving of Object.values(effects)) moving.clear();
      isStale = true;
      wake();
    },
    select(key) {
      if (key === selected) return;
      selected = key;
      isBackStale = true;
      line = ancestry(scene.byKey, key);
      isMoved = true;
      wake();
    },
    step(direction) {
      const next = neighbourProject(scene.regions, scene.nodes, selected, direction);
      if (next !== undefined) return next;
      const nodes = drawn.map((one) => one.node);
      return neighbour(nodes, selected, direction) ?? scene.regions[0]?.key;
    },
    zoom: (factor) => setCamera(zoomAt(camera, view, { x: view.width / 2, y: view.height / 2 }, factor)),
    zoomUnder: (x, y, factor) => setCamera(zoomAt(camera, view, { x, y }, factor)),
    pan: (dx, dy) => setCamera(panBy(camera, dx, dy)),
    showProject(key) {
      shownProject = key;
      if (isFitted) onCamera((isFitted = false));
      wake();
    },
    fit() {
      shownProject = undefined;
      if (!isFitted) onCamera((isFitted = true));
      wake();
    },
    hit: (x, y) =>
      hitTest([...drawn, ...regions.filter(({ isFolded }) => isFolded)], x, y) ??
      [...names].find(([, { left, right, top, bottom }]) => x >= left && x <= right && y >= top && y <= bottom)?.[0],
    hover(key) {
      if (key === hovered) return;
      hovered = key;
      isMoved = true;
      wake();
    },
    resize(next, pixelRatio) {
      view = next;
      for (const canvas of [background, foreground]) {
        canvas.width = Math.round(next.width * pixelRatio);
        canvas.height = Math.round(next.height * pixelRatio);
        canvas.getContext("2d")!.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      }
      isPlaced = false;
      isMoved = true;
      isBackStale = true;
      // At once: a resized canvas is empty until it is drawn again.
      if (request !== 0) cancelAnimationFrame(request);
      if (next.width > 0) frame(performance.now());
    },
    cover(covered) {
      view = { ...view, covered };
      isMoved = true;
      wake();
    },
    repaint() {
      paint = readPaint(foreground);
      isMoved = true;
      isBackStale = true;
      wake();
    },
    stop() {
      if (request !== 0) cancelAnimationFrame(request);
      request = -1;
      reduced.removeEventListener("change", preferenceChanged);
    },
  };
}

function sameSuns(a: Scene, b: Scene): boolean {
  return (
    a.suns.length === b.suns.length &&
    a.suns.every((sun, i) => {
      const other = b.suns[i]!;
      return (
        sun.x === other.x &&
        sun.y === other.y &&
        sun.rings.length === other.rings.length &&
        sun.isOver === other.isOver &&
        sun.session_id === other.session_id
      );
    })
  );
}
