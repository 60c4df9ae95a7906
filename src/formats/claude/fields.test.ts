import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Envelope } from "../../contract/event.ts";
import { time } from "./fields.ts";

test("a time in our form stays as it is, another one is brought into it, and what is none is absent", () => {
  assert.equal(time("2026-12-31T23:59:59.999Z"), "2026-12-31T23:59:59.999Z");
  assert.equal(time("2026-11-20T11:21:07+01:00"), "2026-11-20T10:21:07.000Z");
  for (const none of ["", "yesterday", "2026-13-01T00:00:00.000Z", "+275760-09-13T00:00:00.000Z", 7, null])
    assert.equal(time(none), undefined);
});

test("every time that is given is one that the log takes", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 2, maxLength: 2 });
  const near = fc
    .tuple(digits, digits, digits, digits, digits)
    .map(([month, day, hour, minute, second]) => `2026-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  fc.assert(
    fc.property(fc.oneof(near, fc.date().map(String), fc.string()), (text) => {
      const found = time(text);
      return found === undefined || Envelope.shape.timestamp.safeParse(found).success;
    }),
    { numRuns: 5_000 },
  );
});
