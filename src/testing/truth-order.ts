// What every translation owes, whatever it reads: the order of its events changes nothing, and no record can throw it.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseEvent, type EventDraft } from "../contract/events/index.ts";
import type { Translation } from "../formats/translation.ts";
import { encodeSession } from "../projections/encode.ts";
import { canonical } from "../projections/fuse.ts";
import { fold } from "./truth-clients.ts";

/** The folded state as text: equal states have equal text. */
export function stateText(events: readonly EventDraft[]): string {
  return canonical(
    [...fold(events).values()]
      .map((session) => JSON.parse(JSON.stringify(encodeSession(session))) as { session_id: string })
      .toSorted((a, b) => (a.session_id < b.session_id ? -1 : 1)),
  );
}

/** Backwards, twice and interleaved: the state is the same. */
export function assertOrderless(events: readonly EventDraft[]): void {
  const expected = stateText(events);
  const halves = events.flatMap((event, index) => (index % 2 === 0 ? [event] : [])).concat(events.filter((_, index) => index % 2 === 1));
  for (const order of [events.toReversed(), [...events, ...events], halves]) assert.equal(stateText(order), expected);
}

/**
 * Feeds recorded records with parts exchanged for anything, and plain junk, to fresh translators. Every event that comes out must be valid.
 */
export function assertHarmless(records: readonly unknown[], create: () => (record: unknown) => Translation): void {
  const broken = fc
    .tuple(
      fc.constantFrom(...records),
      fc.array(fc.tuple(fc.nat(200), fc.oneof(fc.jsonValue(), fc.constantFrom("", "x".repeat(500), -1, 1e300, null))), { maxLength: 4 }),
    )
    .map(([record, changes]) => changes.reduce<unknown>((whole, [at, value]) => exchanged(whole, at, value), record));
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 4, arbitrary: broken }, { weight: 1, arbitrary: fc.jsonValue() }), { maxLength: 12 }),
      (all) => {
        const translate = create();
        // The first record is often the one that names the session.
        for (const record of [records[0], ...all])
          for (const event of translate(record).events) {
            const parsed = parseEvent(event);
            assert.ok(parsed.ok, `${event.id}: ${JSON.stringify(parsed.ok ? [] : parsed.problems)}`);
          }
      },
    ),
    { numRuns: 300 },
  );
}

/** The value with one of its inner values, chosen by `at`, exchanged. */
function exchanged(value: unknown, at: number, by: unknown): unknown {
  if (typeof value !== "object" || value === null) return by;
  const keys = Object.keys(value);
  if (keys.length === 0) return by;
  const key = keys[at % keys.length]!;
  const inner = (value as Record<string, unknown>)[key];
  const next = typeof inner === "object" && inner !== null && at % 3 !== 0 ? exchanged(inner, Math.floor(at / keys.length) + at, by) : by;
  return Array.isArray(value) ? value.map((item, index) => (String(index) === key ? next : item)) : { ...value, [key]: next };
}
