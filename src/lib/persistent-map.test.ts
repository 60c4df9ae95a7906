import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changedKeys, emptyMap, mapOf } from "./persistent-map.ts";

test("behaves as a Map under any sequence of writes and removals", () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "costarring", "liquid", "declinate", "macallums", "", "é", "agt_1", "agt_2", "agt_3"),
    value: fc.option(fc.nat(5), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const model = new Map<string, number>();
      let map = emptyMap<string, number>();
      for (const { key, value } of steps) {
        const before = map;
        const entries = [...before];
        if (value === undefined) {
          model.delete(key);
          map = map.delete(key);
        } else {
          model.set(key, value);
          map = map.set(key, value);
        }
        assert.deepEqual([...before], entries, "an older version stays as it was");
        assert.equal(map.size, model.size);
        for (const [k, v] of model) assert.equal(map.get(k), v);
      }
      assert.deepEqual([...map].toSorted(), [...model].toSorted());
    }),
    { numRuns: 300 },
  );
});

test("keys whose hashes collide stay apart", () => {
  // "costarring"/"liquid" and "declinate"/"macallums" are known FNV-1a collisions.
  const map = mapOf([
    ["costarring", 1],
    ["liquid", 2],
    ["declinate", 3],
    ["macallums", 4],
  ] as const);
  assert.deepEqual([map.get("costarring"), map.get("liquid"), map.get("declinate"), map.get("macallums")], [1, 2, 3, 4]);
  assert.deepEqual([...map.delete("liquid").delete("macallums").keys()].toSorted(), ["costarring", "declinate"]);
});

test("the same keys iterate in the same order, however they came", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 80 }), (keys) => {
      const forward = mapOf(keys.map((key) => [key, 1] as const));
      const backward = mapOf([...keys, "gone"].toReversed().map((key) => [key, 1] as const)).delete("gone");
      const kept = keys.includes("gone") ? forward.delete("gone") : forward;
      assert.deepEqual([...kept.keys()], [...backward.keys()]);
    }),
  );
});

test("writing an equal value returns the same map", () => {
  const map = mapOf<string, number>([["a", 1]]);
  assert.equal(map.set("a", 1), map);
  assert.equal(map.delete("b"), map);
});

test("the keys that changed between any two maps are found, in both directions", () => {
  const keys = fc.constantFrom("a", "b", "costarring", "liquid", "declinate", "macallums", "", "é", "agt_1", "agt_2", "agt_3");
  const steps = fc.array(fc.tuple(keys, fc.option(fc.nat(3), { nil: undefined })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, steps, fc.boolean(), (first, second, isMadeFromIt) => {
      const play = (from: ReturnType<typeof mapOf<string, number>>, told: typeof first) =>
        told.reduce((map, [key, value]) => (value === undefined ? map.delete(key) : map.set(key, value)), from);
      const a = play(emptyMap(), first);
      const b = play(isMadeFromIt ? a : emptyMap(), second);
      const expected = [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).toSorted();
      assert.deepEqual(changedKeys(a, b).toSorted(), expected);
      assert.deepEqual(changedKeys(b, a).toSorted(), expected);
    }),
    { numRuns: 500 },
  );
});
