// Every recording of Claude Code, read through every combination of its sources, in the recorded order and in others: the state is what really happened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeSession } from "../src/projections/encode.ts";
import { differences } from "../src/testing/truth-compare.ts";
import {
  createReaders,
  eventsOf,
  foldAll,
  loadRecordings,
  shuffled,
  type RecordedRecord,
  type RecordedSource,
} from "../src/testing/truth.ts";

/** Every choice of the sources, with the hooks told by one sender; both senders at once only together with the transcript. */
const one = ["transcript", "otel", "stream", "control"] as const;
const hookSenders = [[], ["http-hooks"], ["hooks"]] as const;
const combinations: readonly (readonly RecordedSource[])[] = [
  ...hookSenders.flatMap((hooks) => subsets(one).map((others) => [...hooks, ...others])).filter((sources) => sources.length > 0),
  ["hooks", "http-hooks", "transcript"],
];
const seeds = [20_261_120, 7, 424_242];

for (const { name, truth, records } of loadRecordings(fileURLToPath(new URL("fixtures/claude-code", import.meta.url)))) {
  for (const sources of combinations) {
    const chosen = records.filter(({ source }) => sources.includes(source));
    if (sources.some((source) => !chosen.some((record) => record.source === source))) continue;
    test(`${name} by ${sources.join(" and ")} is what really happened`, () => {
      assert.deepEqual(differencesOf(chosen), []);
    });
    // Where two senders tell of one moment in the same way, the log keeps the one that comes first with its time: only what is true is the same.
    const isTwice = (a: RecordedSource, b: RecordedSource) => sources.includes(a) && sources.includes(b);
    const isOneEventPerFact = !isTwice("hooks", "http-hooks") && !isTwice("stream", "control");
    test(`${name} by ${sources.join(" and ")} is the same in any order and with repetitions`, () => {
      const expected = stateOf(chosen);
      for (const seed of seeds) {
        const order = shuffled(chosen, seed);
        assert.deepEqual(differencesOf(order), [], `seed ${seed}`);
        if (isOneEventPerFact) assert.deepEqual(stateOf(order), expected, `seed ${seed}`);
      }
    });

    function differencesOf(order: readonly RecordedRecord[]): string[] {
      const events = eventsOf(order);
      return differences({ events, sessions: foldAll(events) }, truth, sources);
    }
  }
  test(`${name}: one event id stands for one event`, () => {
    const events = new Map<string, unknown>();
    for (const source of ["hooks", "http-hooks", "transcript", "otel", "stream", "control"] as const) {
      const readers = createReaders();
      for (const event of records.filter((record) => record.source === source).flatMap((record) => record.translate(readers).events)) {
        const key = `${source} ${event.id}`;
        if (events.has(key)) assert.deepEqual(event, events.get(key));
        events.set(key, event);
      }
    }
  });
}

function stateOf(records: readonly RecordedRecord[]): unknown {
  return [...foldAll(eventsOf(records)).values()].map(encodeSession).toSorted((a, b) => (a.session_id < b.session_id ? -1 : 1));
}

function subsets<T>(items: readonly T[]): T[][] {
  return items.reduce<T[][]>((all, item) => [...all, ...all.map((subset) => [...subset, item])], [[]]);
}
