import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { followAges, recent, type Ages } from "./recency.ts";

interface Thing {
  readonly open: boolean;
  readonly at: string;
}
const ages: Ages<Thing> = { isOpen: ({ open }) => open, at: ({ at }) => at };

/** Things come, change, age in either direction, end, begin again and go. */
const change = fc.record({
  key: fc.integer({ min: 0, max: 11 }).map((no) => `t${no}`),
  to: fc.option(fc.record({ open: fc.boolean(), at: fc.integer({ min: 0, max: 7 }).map(String) }), { freq: 5 }),
});

test("what stays by the order that is kept is what stays by looking at each", () => {
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 12 }), fc.nat(4), (rounds, keep) => {
      const order = followAges<string, Thing>(ages);
      let map: PersistentMap<string, Thing> = emptyMap();
      for (const round of rounds) {
        for (const { key, to } of round) map = to === null ? map.delete(key) : map.set(key, to);
        const [kept, looked] = [
          { ...ages, keep, since: undefined, order },
          { ...ages, keep, since: undefined },
        ].map((which) => recent(map, which));
        assert.deepEqual([[...kept!.kept], kept!.gone, kept!.latestGone], [[...looked!.kept], looked!.gone, looked!.latestGone]);
      }
    }),
    { numRuns: 300 },
  );
});
