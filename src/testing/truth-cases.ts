// Every recording under a folder, each to be read through every combination of its sources, in the recorded order and in others.
import { existsSync, readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import { acp } from "./recorded-acp.ts";
import type { ClientReading } from "./recorded-client.ts";
import { codex } from "./recorded-codex.ts";
import { gemini } from "./recorded-gemini.ts";
import { opencode } from "./recorded-opencode.ts";
import { clientDifferences, drafts, fold, readTruth, type ClientTruth } from "./truth-clients.ts";
import { differences } from "./truth-compare.ts";
import { stateText } from "./truth-order.ts";
import { countsOf, type CountedTruth, type Row } from "./truth-rows.ts";
import { eventsOf, foldAll, loadRecording, shuffled, type Recording, type RecordedSource } from "./truth.ts";

export interface TruthCase {
  readonly client: string;
  readonly name: string;
  readonly sources: readonly string[];
  /** Every choice of the sources that makes sense. */
  readonly choices: readonly (readonly string[])[];
  /** In what each reading of a choice differs from what really happened, and a shuffled one from the recorded one. */
  readings(choice: readonly string[]): readonly { readonly order: string; readonly differences: readonly string[] }[];
  /** Of clients other than Claude Code: the events of a choice, by their times, and what is true. */
  readonly recorded?: (choice: readonly string[]) => { readonly events: readonly EventDraft[]; readonly truth: ClientTruth };
  /** Found against true, by all sources. */
  rows(): readonly Row[];
}

const seeds = [7, 20_261_120, 424_242];

/** Every recording under `root`, whose layout is that of `test/fixtures`. A folder that no client wrote is given as a problem. */
export function casesUnder(root: string): { readonly cases: readonly TruthCase[]; readonly problems: readonly string[] } {
  const cases: TruthCase[] = [];
  const problems: string[] = [];
  for (const folder of foldersUnder(root)) {
    const { client } = readTruth(folder);
    if (existsSync(join(folder, "acp.jsonl"))) cases.push(clientCase(acp, folder, `acp ${client}`, nameIn(root, folder)));
    else if (client.startsWith("claude")) cases.push(claudeCase(loadRecording(folder, nameIn(root, folder))));
    else {
      const reading = Object.entries(clients).find(([name]) => client.startsWith(name))?.[1];
      if (reading === undefined) problems.push(`${nameIn(root, folder)}: no reader for the client "${client}"`);
      else cases.push(clientCase(reading, folder, client, nameIn(root, folder)));
    }
  }
  return { cases, problems };
}

const clients: Readonly<Record<string, ClientReading>> = { codex, opencode, gemini };

function nameIn(root: string, folder: string): string {
  return relative(root, folder) || basename(folder);
}

function* foldersUnder(folder: string): Generator<string> {
  if (existsSync(join(folder, "truth.json"))) yield folder;
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) yield* foldersUnder(join(folder, entry.name));
}

function clientCase(reading: ClientReading, folder: string, client: string, name: string): TruthCase {
  const sources = reading.sourcesOf(folder);
  const recorded = (choice: readonly string[]) => {
    const events = drafts(reading.read(folder, choice)).toSorted((a, b) =>
      a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0,
    );
    return { events, truth: reading.truthOf?.(folder, events) ?? readTruth(folder) };
  };
  return {
    client,
    name,
    sources,
    choices: subsets(sources),
    recorded,
    readings(choice) {
      const { events, truth } = recorded(choice);
      const seen = reading.sees(folder, choice);
      const state = stateText(events);
      return ordersOf(events).map(({ order, items }) => ({
        order,
        differences: [...clientDifferences(fold(items), truth, seen), ...(stateText(items) === state ? [] : [ANOTHER_STATE])],
      }));
    },
    rows() {
      const { events, truth } = recorded(sources);
      return countsOf(fold(events), truth as CountedTruth, reading.sees(folder, sources));
    },
  };
}

const ANOTHER_STATE = "the state is another one than in the recorded order";

function claudeCase({ name, truth, records }: Recording): TruthCase {
  const all = ["hooks", "http-hooks", "transcript", "otel", "stream", "control"] as const;
  const sources = all.filter((source) => records.some((record) => record.source === source));
  return {
    client: "claude-code",
    name,
    sources,
    // Two senders of the same hooks are told apart only where the transcript settles their times.
    choices: subsets(sources).filter(
      (choice) => !choice.includes("hooks") || !choice.includes("http-hooks") || choice.includes("transcript"),
    ),
    readings(choice) {
      const recorded = records.filter(({ source }) => choice.includes(source));
      // Where two senders tell of one moment in the same way, the log keeps the one that comes first with its time: only what is true is the same.
      const isTwice = (a: RecordedSource, b: RecordedSource) => choice.includes(a) && choice.includes(b);
      const isOneEventPerFact = !isTwice("hooks", "http-hooks") && !isTwice("stream", "control");
      let state: string | undefined;
      return ordersOf(recorded).map(({ order, items }) => {
        const events: readonly StoredEvent[] = eventsOf(items);
        const found = { events, sessions: foldAll(events) };
        const text = isOneEventPerFact ? stateText(events) : "";
        state ??= text;
        return {
          order,
          differences: [...differences(found, truth, choice as RecordedSource[]), ...(text === state ? [] : [ANOTHER_STATE])],
        };
      });
    },
    rows: () => countsOf(foldAll(eventsOf(records)), truth as unknown as CountedTruth),
  };
}

function ordersOf<T>(recorded: readonly T[]): { readonly order: string; readonly items: readonly T[] }[] {
  return [
    { order: "recorded", items: recorded },
    ...seeds.map((seed) => ({ order: `shuffled by ${seed}`, items: shuffled(recorded, seed) })),
  ];
}

function subsets<T>(items: readonly T[]): T[][] {
  return items.reduce<T[][]>((all, item) => [...all, ...all.map((subset) => [...subset, item])], [[]]).filter(({ length }) => length > 0);
}
