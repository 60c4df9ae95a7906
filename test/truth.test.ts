// Every recording, read through every combination of its sources, in the recorded order and in others: the state is what really happened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { casesUnder } from "../src/testing/truth-cases.ts";
import { isShort } from "../src/testing/truth-rows.ts";
import { createReaders, loadRecordings } from "../src/testing/truth.ts";

const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const { cases, problems } = casesUnder(fixtures);

test("every recording has a reader, of each client", () => {
  assert.deepEqual(problems, []);
  assert.deepEqual([...new Set(cases.map(({ client }) => client.split(" ")[0]))].toSorted(), [
    "acp",
    "claude-code",
    "codex",
    "gemini-cli",
    "opencode",
  ]);
});

for (const { client, name, choices, readings, rows } of cases) {
  test(`${client} ${name} by all its sources is found to the last token and micro-dollar`, () => {
    assert.deepEqual(rows().filter(isShort), []);
  });
  for (const choice of choices)
    test(`${client} ${name} by ${choice.join(" and ")} is what really happened, in any order and with repetitions`, () => {
      for (const { order, differences } of readings(choice)) assert.deepEqual(differences, [], order);
    });
}

for (const { name, records } of loadRecordings(`${fixtures}/claude-code`))
  test(`${name}: one event id stands for one event`, () => {
    const events = new Map<string, unknown>();
    for (const source of new Set(records.map((record) => record.source))) {
      const readers = createReaders();
      for (const event of records.filter((record) => record.source === source).flatMap((record) => record.translate(readers).events)) {
        const key = `${source} ${event.id}`;
        if (events.has(key)) assert.deepEqual(event, events.get(key));
        events.set(key, event);
      }
    }
  });
