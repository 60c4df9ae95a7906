import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../../app/theme.ts";
import { formatMoment } from "../../ui/format.ts";
import "./chart.css";

export interface Series {
  readonly word: string;
  /** The name of a colour of the theme, such as `--brass`. */
  readonly colour: string;
  /** One value a day; undefined where nothing is known. */
  readonly values: readonly (number | undefined)[];
}

const HEIGHT = 190;

/** Days as bars, the series stacked on each other, or as one line. The same figures follow as a table, for who cannot see a canvas. */
export function Chart(props: {
  label: string;
  days: readonly string[];
  series: readonly Series[];
  kind: "bars" | "line";
  format: (value: number) => string;
  /** The figures beside the axis; without it each as `format` gives it. */
  formatAxis?: (values: readonly number[]) => string[];
  /** The end of the axis, where it is known before. */
  most?: number;
}) {
  const { label, days, series, kind, format, formatAxis, most } = props;
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = box.current!;
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name);
    const stacked = kind === "bars" ? stack(series.map(({ values }) => values)) : series.map(({ values }) => values);
    const axis = {
      stroke: colour("--dim"),
      font: "11px Inter Variable",
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, range: (_, low, high) => [low - 0.6, high + 0.6] },
          y: { range: (_, __, high) => [0, most ?? (high > 0 ? high * 1.08 : 1)] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            grid: { show: false },
            values: (_, splits) => splits.map((at) => (Number.isInteger(at) ? dayWord(days[at]) : "")),
          },
          { ...axis, size: 58, values: (_, splits) => formatAxis?.(splits) ?? splits.map(format) },
        ],
        series: [
          {},
          // The highest stack is drawn first, so that each of the others covers its lower part.
          ...series
            .map(({ word, colour: name }) => ({
              label: word,
              stroke: colour(name),
              width: kind === "line" ? 2 : 0,
              fill: kind === "bars" ? colour(name) : `${colour(name)}22`,
              points: { show: kind === "line", size: 5, fill: colour(name) },
              ...(kind === "bars" ? { paths: uPlot.paths.bars!({ size: [0.72, 42] }) } : {}),
            }))
            .toReversed(),
        ],
      },
      [days.map((_, index) => index), ...stacked.toReversed().map((values) => values.map((value) => value ?? null))],
      element,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
    // `theme` changes what the names of colours stand for.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [days, series, kind, format, formatAxis, most, theme]);
  return (
    <figure className="chart">
      <figcaption className="chart__head">
        <span className="chart__label">{label}</span>
        {series.length > 1 && (
          <span className="chart__keys">
            {series.map(({ word, colour }) => (
              <span key={word} className="chart__key">
                <i style={{ ["--c" as string]: `var(${colour})` }} aria-hidden />
                {word}
              </span>
            ))}
          </span>
        )}
      </figcaption>
      <div ref={box} className="chart__canvas" aria-hidden />
      <div className="unseen">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">Day</th>
              {series.map(({ word }) => (
                <th key={word} scope="col">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day, index) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                {series.map(({ word, values }) => (
                  <td key={word}>{values[index] === undefined ? "unknown" : format(values[index])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function stack(values: readonly (readonly (number | undefined)[])[]): number[][] {
  const sums = (values[0] ?? []).map(() => 0);
  return values.map((own) => own.map((value, index) => (sums[index]! += value ?? 0)));
}

function dayWord(day: string | undefined): string {
  // Noon, so that it is this day wherever the page is read.
  return day === undefined ? "" : formatMoment(Date.parse(`${day}T12:00:00`), 0).slice(0, -6);
}
