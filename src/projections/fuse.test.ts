import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuse, provenanceOf, rankOf, refresh, type Dated, type Fused } from "./fuse.ts";

interface Thing extends Fused {
  readonly name?: string;
  readonly size?: number;
}

const report = fc.record({
  patch: fc.record({ name: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }), size: fc.option(fc.nat(3), { nil: undefined }) }),
  rank: fc.constantFrom(rankOf("x/hook"), rankOf("x/transcript"), rankOf("x/hook", "inferred"), rankOf("api")),
});

const all = (reports: readonly { patch: Partial<Thing>; rank: number }[]): Thing =>
  reports.reduce<Thing>((thing, { patch, rank }) => fuse(thing, patch, rank), { from: {} });

test("the merge is commutative, associative and idempotent", () => {
  fc.assert(
    fc.property(fc.array(report, { maxLength: 12 }), (reports) => {
      assert.deepEqual(all(reports.toReversed()), all(reports));
      assert.deepEqual(all([...reports, ...reports]), all(reports));
    }),
  );
});

test("a report beats an inference, and the transcript beats a hook", () => {
  const thing = all([
    { patch: { name: "by hook" }, rank: rankOf("claude-code/hook") },
    { patch: { name: "guessed" }, rank: rankOf("claude-code/transcript", "inferred") },
  ]);
  assert.equal(thing.name, "by hook");
  assert.equal(fuse(thing, { name: "by transcript" }, rankOf("claude-code/transcript")).name, "by transcript");
});

test("a rank says where a value came from", () => {
  assert.deepEqual(provenanceOf(rankOf("claude-code/otel", "computed")), { certainty: "computed", way: "otel" });
  assert.deepEqual(provenanceOf(rankOf("something new")), { certainty: "reported", way: "other" });
});

test("nothing climbed gives the same object", () => {
  const thing = all([{ patch: { name: "a" }, rank: rankOf("x/transcript") }]);
  assert.equal(fuse(thing, { name: "z" }, rankOf("x/hook")), thing);
  assert.equal(fuse(thing, { name: undefined }, rankOf("x/transcript")), thing);
});

test("a dated field holds the latest report, whatever the order", () => {
  interface Place extends Dated {
    readonly cwd?: string;
  }
  const moves = [
    { cwd: "/a", at: "2026-11-20T10:00:00.000Z" },
    { cwd: "/b", at: "2026-11-20T10:00:02.000Z" },
    { cwd: "/c", at: "2026-11-20T10:00:01.000Z" },
  ];
  const go = (order: typeof moves): Place => order.reduce<Place>((place, { cwd, at }) => refresh(place, { cwd }, at), { as_of: {} });
  assert.equal(go(moves).cwd, "/b");
  assert.deepEqual(go(moves.toReversed()), go(moves));
});
