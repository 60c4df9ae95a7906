import { stripVTControlCharacters } from "node:util";
import colors from "picocolors";
import { cut, oneLine } from "./printable.ts";

/** A column of a table. `value` gives foreign text as it is: it is made safe for the terminal here. */
export interface Column<R> {
  readonly name: string;
  readonly value: (row: R) => string;
  readonly align?: "right";
  /** The column that gives way when the terminal is narrow. */
  readonly isFlexible?: true;
  readonly paint?: (text: string, row: R) => string;
}

/** What a command has to say: `data` for `--json`; rows with columns, or lines, for people; `ids` for `--quiet`. */
export interface Result<R> {
  readonly data: unknown;
  readonly rows?: readonly R[];
  readonly columns?: readonly Column<R>[];
  readonly lines?: readonly string[];
  /** Said instead of an empty table. */
  readonly empty?: string;
  readonly ids?: readonly string[];
}

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** The one place that prints. Results go to stdout, hints and errors to stderr. */
export interface Output {
  readonly isTty: boolean;
  readonly options: OutputOptions;
  readonly paint: typeof colors;
  show<R>(result: Result<R>): void;
  /** One more piece of a stream: `value` with `--json`, else `line`. */
  piece(value: unknown, line: string): void;
  /** A line for people; silent with `--json` and `--quiet`. */
  say(line: string): void;
  /** A line that a program may wait for; silent with `--json` only. */
  announce(line: string): void;
  hint(line: string): void;
  /** Draws over the line drawn before; only in a terminal. */
  redraw(line: string): void;
  endRedraw(): void;
  /** How far something long is: drawn over the last in a terminal, elsewhere a line now and then. */
  progress(line: string): void;
  error(code: string, error: unknown): void;
}

const GAP = "  ";
const NARROWEST = 12;
const SAID_EVERY_MS = 5_000;

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr } = process;
  // Whoever reads may stop early, as `head` does: then there is nobody left to tell.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const isDrawing = () => stdout.isTTY === true && !options.json && !options.quiet;
  let saidMs = -Infinity;
  const print = (line: string) => void stdout.write(`${line}\n`);

  return {
    isTty: stdout.isTTY === true,
    options,
    paint: colors,
    show({ data, rows, columns, lines, empty, ids }) {
      if (options.json) return print(JSON.stringify(data, undefined, 2));
      if (options.quiet) return ids?.forEach((id) => print(oneLine(id)));
      if (lines !== undefined) return lines.forEach(print);
      if (rows === undefined || columns === undefined) return;
      if (rows.length === 0) return void stderr.write(`${empty ?? "nothing"}\n`);
      for (const line of table(rows, columns, stdout.isTTY ? stdout.columns : undefined)) print(line);
    },
    piece: (value, line) => print(options.json ? JSON.stringify(value) : line),
    say(line) {
      if (!options.json && !options.quiet) print(line);
    },
    announce(line) {
      if (!options.json) print(line);
    },
    hint(line) {
      if (!options.quiet) stderr.write(`${line}\n`);
    },
    redraw(line) {
      if (isDrawing()) stdout.write(`\r\u001B[2K${line}`);
    },
    progress(line) {
      if (isDrawing()) return void stdout.write(`\r\u001B[2K${line}`);
      if (performance.now() - saidMs < SAID_EVERY_MS) return;
      saidMs = performance.now();
      if (!options.quiet) stderr.write(`${line}\n`);
    },
    endRedraw() {
      if (isDrawing()) stdout.write("\r\u001B[2K");
    },
    error(code, error) {
      const { message, stack, cause } = error as Error;
      stderr.write(`${code}: ${oneLine(message)}\n`);
      if (!options.debug) return;
      stderr.write(`${stack}\n`);
      if (cause !== undefined) stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
    },
  };
}

function table<R>(rows: readonly R[], columns: readonly Column<R>[], width: number | undefined): string[] {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))));
  const widths = columns.map((column, at) => Math.max(column.name.length, ...cells.map((row) => [...row[at]!].length)));
  const spare = width === undefined ? 0 : width - widths.reduce((sum, one) => sum + one, GAP.length * (columns.length - 1));
  const flexible = columns.findIndex((column) => column.isFlexible);
  if (spare < 0 && flexible >= 0) widths[flexible] = Math.max(NARROWEST, widths[flexible]! + spare);
  const line = (texts: readonly string[], paint: (text: string, at: number) => string) =>
    texts
      .map((text, at) => {
        const shown = cut(text, widths[at]!);
        const space = " ".repeat(widths[at]! - [...shown].length);
        return columns[at]!.align === "right" ? space + paint(shown, at) : paint(shown, at) + (at === columns.length - 1 ? "" : space);
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ name }) => name),
      (text) => colors.dim(text),
    ),
    ...cells.map((texts, index) => line(texts, (text, at) => columns[at]!.paint?.(text, rows[index]!) ?? text)),
  ].map((text) => (colors.isColorSupported ? text : stripVTControlCharacters(text)));
}
