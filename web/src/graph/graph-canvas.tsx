import { useEffect, useEffectEvent, useRef, type KeyboardEvent, type RefObject } from "react";
import { createGraph, type Graph, type GraphInput } from "./create-graph.ts";
import type { Box } from "./labels.ts";
import { watchPointers } from "./pointers.ts";
import type { Direction } from "./navigate.ts";
import { control } from "../mirror/control.ts";

export interface GraphCanvasProps {
  readonly graphRef: RefObject<Graph | undefined>;
  readonly read: () => GraphInput;
  readonly selected: string | undefined;
  readonly label: string;
  /** The element that may lie over the right of the picture, where there is no room beside it. */
  readonly besideRef: RefObject<HTMLElement | null>;
  readonly isBeside: boolean;
  onSelect(key: string | undefined): void;
  onOpen(key: string): void;
  onFolded(agents: number, projects: number): void;
  onCamera(isFitted: boolean): void;
}

const directions: Readonly<Record<string, Direction>> = { ArrowUp: "in", ArrowDown: "out", ArrowRight: "clockwise", ArrowLeft: "back" };
const pans: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, 60],
  ArrowDown: [0, -60],
  ArrowLeft: [60, 0],
  ArrowRight: [-60, 0],
};

export function GraphCanvas(props: GraphCanvasProps) {
  const { graphRef, selected, label, besideRef, isBeside } = props;
  const frame = useRef<HTMLDivElement>(null);
  const background = useRef<HTMLCanvasElement>(null);
  const foreground = useRef<HTMLCanvasElement>(null);
  const read = useEffectEvent(() => props.read());
  const beside = useEffectEvent(() => besideRef.current);
  const onFolded = useEffectEvent((agents: number, projects: number) => props.onFolded(agents, projects));
  const onCamera = useEffectEvent((isFitted: boolean) => props.onCamera(isFitted));
  const onSelect = useEffectEvent((key: string | undefined) => props.onSelect(key));
  const onOpen = useEffectEvent((key: string) => props.onOpen(key));

  useEffect(() => {
    const graph = createGraph({
      background: background.current!,
      foreground: foreground.current!,
      read: () => read(),
      onFolded: (agents, projects) => onFolded(agents, projects),
      onCamera: (isFitted) => onCamera(isFitted),
    });
    graphRef.current = graph;
    const element = frame.current!;
    const resize = () => {
      const { clientWidth: width, clientHeight: height } = element;
      graph.resize({ width, height, covered: coveredOf(element, beside()) }, devicePixelRatio);
    };
    const sizes = new ResizeObserver(resize);
    sizes.observe(element);
    const themes = new MutationObserver(() => graph.repaint());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    void document.fonts.ready.then(() => graph.repaint());
    const unwatch = watchPointers(element, graph, {
      select: (key) => onSelect(key),
      open: (key) => onOpen(key),
    });
    return () => {
      unwatch();
      sizes.disconnect();
      themes.disconnect();
      graph.stop();
      graphRef.current = undefined;
    };
  }, [graphRef]);

  useEffect(() => {
    graphRef.current?.select(selected);
  }, [graphRef, selected]);

  useEffect(() => {
    graphRef.current?.cover(coveredOf(frame.current!, isBeside ? besideRef.current : null));
  }, [graphRef, besideRef, isBeside]);

  const onKeyDown = (event: KeyboardEvent) => {
    const graph = graphRef.current;
    if (graph === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = event.shiftKey ? pans[event.key] : undefined;
    if (pan !== undefined) graph.pan(...pan);
    else if (directions[event.key] !== undefined) props.onSelect(graph.step(directions[event.key]!));
    else if (event.key === "+" || event.key === "=") graph.zoom(1.25);
    else if (event.key === "-") graph.zoom(0.8);
    else if (event.key === "0") graph.fit();
    else if (event.key === "Enter" && selected !== undefined) props.onOpen(selected);
    else return;
    event.preventDefault();
  };

  return (
    // The picture takes keys like a slider does; the list beside it says the same in words.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions
    <div {...control("live.graph")} ref={frame} className="graph" tabIndex={0} role="application" aria-label={label} onKeyDown={onKeyDown}>
      <canvas ref={background} className="graph__layer" aria-hidden />
      <canvas ref={foreground} className="graph__layer" data-testid="graph-canvas" aria-hidden />
    </div>
  );
}

/** The counters at the top left, the tools at the top right, the words at the foot, and what lies over the right of the picture but leaves room. */
function coveredOf({ clientWidth: width, clientHeight: height }: HTMLElement, beside: HTMLElement | null): Box[] {
  const over = beside === null || getComputedStyle(beside).position !== "absolute" ? 0 : beside.offsetWidth;
  return [
    { left: 0, top: 0, right: Math.min(400, width * 0.6), bottom: 64 },
    { left: width - 240, top: 0, right: width, bottom: 52 },
    { left: 0, top: height - 34, right: width, bottom: height },
    ...(over > 0 && over < width * 0.6 ? [{ left: width - over, top: 0, right: width, bottom: height }] : []),
  ];
}
