import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { activityKinds, type ActivityCounts } from "../projections/activity.ts";
import { createMinuteCounts, MINUTES_PER_HOUR } from "./minute-counts.ts";

const counts = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9))
  .map(([events, calls, errors, spawns, asks]): ActivityCounts => ({ events, calls, errors, spawns, asks }));
/** Some before 1970, some in hours of their own, many in the same. */
const minute = fc.oneof(fc.integer({ min: -70, max: 190 }), fc.integer({ min: 29_000_000, max: 29_000_100 }));

test("minutes hold the sums of what was counted in them, all and by the hour, as a plain map would", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(minute, counts, fc.boolean())), minute, fc.nat(200), (told, first, length) => {
      const compact = createMinuteCounts();
      const plain = new Map<number, ActivityCounts>();
      for (const [at, more, isPut] of told) {
        const known = isPut ? undefined : plain.get(at);
        const sum = Object.fromEntries(activityKinds.map((kind) => [kind, (known?.[kind] ?? 0) + more[kind]])) as ActivityCounts;
        plain.set(at, sum);
        if (isPut) compact.put(at, more);
        else compact.add(at, more);
      }
      const inOrder = (minutes: Iterable<readonly [number, ActivityCounts]>) => [...minutes].toSorted(([a], [b]) => a - b);
      assert.deepEqual(inOrder(compact.all()), inOrder(plain));
      for (const hour of new Set([...plain.keys()].map((at) => Math.floor(at / MINUTES_PER_HOUR))))
        assert.deepEqual(compact.ofHour(hour), inOrder([...plain].filter(([at]) => Math.floor(at / MINUTES_PER_HOUR) === hour)));
      assert.deepEqual(compact.ofHour(999), []);
      const last = first + length;
      assert.deepEqual(inOrder(compact.between(first, last)), inOrder([...plain].filter(([at]) => at >= first && at <= last)));
    }),
  );
});
