import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { encodeState } from "../../../src/projections/encode.ts";
import { emptyState, foldState, type State } from "../../../src/projections/state.ts";
import { createReel } from "./reel.ts";
import type { PastMoment } from "./store.ts";

const START = Date.UTC(2026, 10, 20, 9);
/** Ten events a second, of one session until the fourth second, then of two. */
const events = Array.from({ length: 100 }, (_, index) => {
  const session = index >= 40 && index % 2 === 0 ? "ses_2" : "ses_1";
  return {
    seq: index + 1,
    id: `e${index}`,
    type: "tool.started",
    timestamp: new Date(START + index * 100).toISOString(),
    source: "x/hook",
    session_id: session,
    agent_id: "agt_main",
    data: { call_id: `call_${index}`, name: "Read" },
  } as unknown as StoredEvent;
});
const timed = events.map((event) => ({ atMs: Date.parse(event.timestamp), event }));
const isBy = ({ atMs, event }: (typeof timed)[number], moment: PastMoment): boolean =>
  atMs < moment.atMs || (atMs === moment.atMs && event.seq <= (moment.seq ?? Infinity));
const pictureAt = (moment: PastMoment): State =>
  timed.filter((one) => isBy(one, moment)).reduce((state, { event }) => foldState(state, event), emptyState);
const text = (state: State): string => JSON.stringify(encodeState(state));

function bench() {
  const asked = { pictures: 0, sessions: 0, between: 0 };
  const reel = createReel({
    now: () => START + 1e9,
    readPicture: async (moment) => (asked.pictures++, pictureAt(moment)),
    readSession: async (id, moment) => (asked.sessions++, pictureAt(moment).sessions.get(id)),
    readBetween: async (from, untilMs) => {
      asked.between++;
      return { items: timed.filter((one) => !isBy(one, from) && one.atMs <= untilMs), untilMs };
    },
  });
  return { reel, asked };
}

test("playing on gives the very pictures of the daemon, from few questions", async () => {
  const { reel, asked } = bench();
  for (let ms = 0; ms <= 9_900; ms += 50)
    assert.equal(text(await reel({ atMs: START + ms })), text(pictureAt({ atMs: START + ms })), `${ms} ms`);
  assert.deepEqual([asked.pictures, asked.sessions], [1, 1], "the first picture, and the session that is new");
  assert.ok(asked.between <= 12, `${asked.between} readings of what follows`);
});

test("going back, far away or to a step asks for the whole picture, and playing goes on from there", async () => {
  const { reel, asked } = bench();
  const moments: PastMoment[] = [
    { atMs: START + 3_000 },
    { atMs: START + 1_000 },
    { atMs: START + 2_000, seq: 21 },
    { atMs: START + 2_000, seq: 20 },
  ];
  for (const moment of moments) assert.equal(text(await reel(moment)), text(pictureAt(moment)));
  assert.equal(asked.pictures, 4);
  for (let ms = 2_050; ms <= 3_900; ms += 50) assert.equal(text(await reel({ atMs: START + ms })), text(pictureAt({ atMs: START + ms })));
  assert.equal(asked.pictures, 4);
});
