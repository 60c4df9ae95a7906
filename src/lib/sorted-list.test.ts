import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSortedList } from "./sorted-list.ts";

test("a list stays in order, whether few or many come and go at once", () => {
  const batch = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 150, size: "max" });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 6 }), (batches) => {
      const list = createSortedList<number>((a, b) => a - b);
      const held = new Set<number>();
      for (const numbers of batches) {
        for (const number of numbers) {
          if (held.delete(number)) list.remove(number);
          else {
            held.add(number);
            list.add(number);
          }
        }
        list.settle();
        assert.deepEqual(
          list.items(),
          [...held].toSorted((a, b) => a - b),
        );
      }
    }),
    { numRuns: 300 },
  );
});
