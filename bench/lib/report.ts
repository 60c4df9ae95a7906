import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { machineNotes } from "./machine.ts";
import { root } from "./processes.ts";
import { median, round, spread } from "./stats.ts";

/** One measured figure. `ratio` is value ÷ baseline. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Samples or events behind the value. */
  readonly n: number;
  readonly spread: readonly [least: number, greatest: number];
  readonly baseline?: { readonly name: string; readonly value: number; readonly unit: string };
  readonly ratio?: number;
  readonly bar: string;
  readonly passed: boolean;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly n: number;
  /** One value per round; the figure is their median. */
  readonly rounds: readonly number[];
  readonly baseline?: { readonly name: string; readonly rounds: readonly number[] };
  readonly bar: string;
  readonly passes: (value: number, ratio: number) => boolean;
}

/** A figure from rounds. The ratio is the median of the rounds' ratios: rounds of one pair ran next to each other. */
export function figure({ name, unit, n, rounds, baseline, bar, passes }: Measured): Figure {
  const value = median(rounds);
  if (baseline === undefined) return { name, value: round(value), unit, n, spread: spread(rounds), bar, passed: passes(value, Number.NaN) };
  const pairs = rounds.length === baseline.rounds.length ? rounds.map((one, index) => one / baseline.rounds[index]!) : [];
  const ratio = pairs.length > 0 ? median(pairs) : value / median(baseline.rounds);
  return {
    name,
    value: round(value),
    unit,
    n,
    spread: spread(rounds),
    baseline: { name: baseline.name, value: round(median(baseline.rounds)), unit },
    ratio: round(ratio),
    bar,
    passed: passes(value, ratio),
  };
}

/** Prints the one line of a bench: its first figure, the others under `also`; `passed` is true when all are. */
export function report(name: string, figures: readonly Figure[]): void {
  for (const one of figures) note(describe(one));
  const [main, ...also] = figures;
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const line = {
    ...main!,
    name,
    figure: main!.name,
    passed: figures.every((one) => one.passed),
    also,
    machine: { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, ...machineNotes() },
    versions: { node: process.versions.node, orrery: manifest.version, sqlite: process.versions["sqlite"] ?? "unknown" },
    at: new Date().toISOString(),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Progress, for whoever watches. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function describe({ name, value, unit, spread: [least, greatest], baseline, ratio, bar, passed }: Figure): string {
  const floor = baseline === undefined ? "" : `; ${baseline.name} ${baseline.value} ${baseline.unit}, ratio ${ratio}`;
  return `${passed ? "ok  " : "MISS"} ${name}: ${value} ${unit} [${least}, ${greatest}]${floor}; bar: ${bar}`;
}
