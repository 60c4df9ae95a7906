import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { OrreryError } from "../contract/errors.ts";
import { builtInSource, tablesOf, type PriceSource } from "../money/built-in.ts";
import type { PricesAt } from "../money/cost.ts";
import { PriceFile, readPriceFile, type ReadTable } from "../money/price-file.ts";
import { createPrices, versionOf, type Prices, type PriceTable } from "../money/prices.ts";
import { readPublished } from "../money/published.ts";

/** What is wrong with a file of the user's. */
export type Problem = Readonly<Record<"path" | "message", string>>;

/**
 * Which prices hold for which day. A table that is taken in later holds for requests from that day on; what came before keeps its price and
 * its price version until somebody asks for a new pricing. The user's own `prices.json` stands above every table.
 */
export interface PriceBook {
  readonly at: PricesAt;
  newest(): Prices;
  inForce(): readonly { readonly from: string; readonly price_version: string }[];
  problems(): readonly Problem[];
  /** Takes in a file, or without one the table that came with Orrery; reads `prices.json` again. */
  refresh(path?: string): void;
  /** Lets the newest table hold for all days. */
  reprice(): void;
}

/** One line of `<home>/prices/in-force.json`; the table itself lies beside it, as `<version>.json`. */
const InForce = z.array(z.object({ from: z.string(), version: z.string(), built_in: z.boolean() })).min(1);
type Entry = z.infer<typeof InForce>[number];

const Source = z.object({ version: z.string(), table: z.string(), additions: PriceFile });
const MAX_FILE_BYTES = 32 * 1024 * 1024;

export function createPriceBook(deps: { readonly home: string; readonly today: () => string }): PriceBook {
  const folder = join(deps.home, "prices");
  const yoursPath = join(deps.home, "prices.json");
  let problems: Problem[] = [];
  let yours: PriceTable | undefined;
  let entries: readonly Entry[] = [];
  const held = new Map<string, Prices>();

  function save(next: readonly Entry[]): void {
    entries = next;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeWhole(join(folder, "in-force.json"), next);
    } catch (error) {
      problems.push({ path: folder, message: `cannot be written: ${reasonOf(error)}` });
    }
  }

  function keep(version: string, value: unknown): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeWhole(join(folder, `${version}.json`), value);
  }

  function add(entry: Omit<Entry, "from">): void {
    const from = entries.length === 0 ? "" : deps.today();
    save([...entries.filter((before) => before.from === "" || before.from < from), { ...entry, from }]);
    held.clear();
  }

  function addBuiltIn(): void {
    try {
      keep(builtInSource.version, builtInSource);
    } catch (error) {
      problems.push({ path: folder, message: `cannot be written: ${reasonOf(error)}` });
    }
    add({ version: builtInSource.version, built_in: true });
  }

  function readYours(): void {
    problems = problems.filter(({ path }) => path !== yoursPath);
    const told = readJson(yoursPath);
    yours = undefined;
    if (told === undefined) return;
    const read: ReadTable =
      "problem" in told ? { ok: false, problems: [{ field: "file", message: told.problem }] } : readPriceFile(told.value, "yours", "yours");
    if (read.ok) yours = read.table;
    else problems.push(...read.problems.map(({ field, message }) => ({ path: yoursPath, message: `${field} ${message}` })));
    held.clear();
  }

  function load(): void {
    const told = readJson(join(folder, "in-force.json"));
    const parsed = told === undefined || "problem" in told ? undefined : InForce.safeParse(told.value);
    entries = parsed?.success === true ? parsed.data : [];
    const last = entries.at(-1);
    if (last === undefined || (last.built_in && last.version !== builtInSource.version)) addBuiltIn();
    readYours();
  }

  function tablesFor({ version, built_in }: Entry): readonly PriceTable[] {
    if (version === builtInSource.version) return tablesOf(builtInSource);
    const path = join(folder, `${version}.json`);
    const told = readJson(path);
    if (told === undefined || "problem" in told) {
      problems.push({ path, message: `${told?.problem ?? "is gone"}; the prices that came with Orrery stand in` });
      return tablesOf(builtInSource);
    }
    if (built_in) {
      const source = Source.safeParse(told.value);
      if (source.success) return tablesOf(source.data as PriceSource);
    } else {
      const read = readAny(told.value, version);
      if (read.ok) return [read.table, ...tablesOf(builtInSource).filter(({ origin }) => origin === "ours")];
    }
    problems.push({ path, message: "is not a table of prices; the prices that came with Orrery stand in" });
    return tablesOf(builtInSource);
  }

  function pricesOf(entry: Entry): Prices {
    const before = held.get(entry.version);
    if (before !== undefined) return before;
    const prices = createPrices([...(yours === undefined ? [] : [yours]), ...tablesFor(entry)]);
    held.set(entry.version, prices);
    return prices;
  }

  load();

  return {
    at: (day) => pricesOf(entries.findLast(({ from }) => from <= day) ?? entries[0]!),
    newest: () => pricesOf(entries.at(-1)!),
    inForce: () => entries.map((entry) => ({ from: entry.from, price_version: pricesOf(entry).version })),
    problems: () => problems,
    refresh(path) {
      readYours();
      if (path === undefined) return entries.at(-1)!.version === builtInSource.version ? undefined : addBuiltIn();
      const told = readJson(path);
      const wrong = (message: string) => new OrreryError("BAD_INPUT", { problems: [{ field: "path", message }] });
      if (told === undefined) throw wrong(`names no file: ${path}`);
      if ("problem" in told) throw wrong(`${path} ${told.problem}`);
      const version = versionOf(Array.isArray(told.value) ? "published" : "file", JSON.stringify(told.value));
      const read = readAny(told.value, version);
      if (!read.ok) throw new OrreryError("BAD_INPUT", { problems: read.problems });
      keep(version, told.value);
      add({ version, built_in: false });
    },
    reprice: () => {
      save([{ ...entries.at(-1)!, from: "" }]);
    },
  };
}

/** A file in our own form, or the data that the genai-prices project publishes. */
function readAny(value: unknown, version: string): ReadTable {
  if (Array.isArray(value)) return readPublished(value, version);
  const read = readPriceFile(value, "table", version);
  return read.ok ? { ok: true, table: { ...read.table, version } } : read;
}

/** Undefined when there is no such file. What is wrong with it is said without its words. */
export function readJson(path: string): { readonly value: unknown } | { readonly problem: string } | undefined {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) return { problem: `is larger than ${MAX_FILE_BYTES} bytes` };
    return { value: JSON.parse(readFileSync(path, "utf8")) as unknown };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return { problem: error instanceof SyntaxError ? "is not valid JSON" : `cannot be read: ${reasonOf(error)}` };
  }
}

/** Written whole or not at all: a reader never sees half of it. */
export function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
