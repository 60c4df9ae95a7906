import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { serving, tempPerson } from "../src/testing/cli-process.ts";
import { systemClock } from "../src/lib/clock.ts";
import { openSqliteLog } from "../src/log/index.ts";

const stores = join(import.meta.dirname, "fixtures/stores");
const releases = readdirSync(stores)
  .filter((file) => file.endsWith(".db.zst"))
  .map((file) => file.replace(".db.zst", ""));

interface Expected {
  readonly events: number;
  readonly sessions: readonly {
    readonly session_id: string;
    readonly calls_total: number;
    readonly requests: number;
    readonly agents: number;
    readonly tokens: Readonly<Record<string, number>>;
  }[];
  readonly tickets: readonly string[];
  readonly long_text_characters: number;
}

/** What each release left behind, written down when it was made. Stores are added, never made anew. */
const expected = JSON.parse(readFileSync(join(stores, "expected.json"), "utf8")) as Readonly<Record<string, Expected>>;

test("there is a store of every release, and what is in it is written down", () => {
  assert.ok(releases.includes("0.1.0"));
  assert.deepEqual(releases.toSorted(), Object.keys(expected).toSorted());
});

for (const release of releases) {
  test(`a store of ${release} opens with every event, and takes new ones`, async (t) => {
    const home = mkdtempSync(join(tmpdir(), "orrery-store-"));
    t.after(() => rmSync(home, { recursive: true, force: true }));
    writeFileSync(join(home, "orrery.db"), zstdDecompressSync(readFileSync(join(stores, `${release}.db.zst`))));
    const log = openSqliteLog({ home, clock: systemClock });
    const { events, long_text_characters } = expected[release]!;
    assert.equal(log.head(), events);
    const read = log.read({ limit: events + 1 });
    assert.deepEqual(
      read.map(({ seq }) => seq),
      Array.from({ length: events }, (_, index) => index + 1),
    );
    const noted = read.find(({ type }) => type === "x.release.noted")!.data as unknown as { text: { body: { sha256: string } } };
    assert.equal(log.body(noted.text.body.sha256)?.length, long_text_characters);
    const [again] = await log.append([{ ...read[0]! }]);
    assert.deepEqual(again, { id: read[0]!.id, seq: 1, duplicate: true });
    await log.close();
  });

  test(`a store of ${release} shows the same sessions, sums and tickets`, async (t) => {
    const { env, home } = tempPerson(t);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "orrery.db"), zstdDecompressSync(readFileSync(join(stores, `${release}.db.zst`))));
    const { url } = await serving(t, env, "--transcripts", "off");
    const get = async (path: string) => ((await (await fetch(`${url}/api${path}`)).json()) as { items: Record<string, unknown>[] }).items;
    const sessions = (await get("/sessions")).map(({ session_id, calls_total, requests, agents, tokens }) => ({
      session_id,
      calls_total,
      requests,
      agents,
      tokens,
    }));
    assert.deepEqual(sessions, expected[release]!.sessions);
    assert.deepEqual(
      (await get("/tickets?status=all")).map(({ title }) => title),
      expected[release]!.tickets,
    );
  });
}
