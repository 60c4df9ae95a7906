import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../lib/clock.ts";
import { measureStorage, openSqliteLog } from "./index.ts";

test("the disk is measured by kind, with what lies beside the log, while the log is written", async () => {
  const home = mkdtempSync(join(tmpdir(), "orrery-storage-"));
  const log = openSqliteLog({ home, clock: systemClock });
  try {
    const output = Array.from({ length: 4_000 }, (_, line) => `${line} ${Math.sin(line)}`).join("\n");
    await log.append(
      Array.from({ length: 300 }, (_, index) => ({
        id: `tool:s:${index}:ended@api`,
        type: "tool.ended" as const,
        timestamp: "2026-11-20T10:00:00.000Z",
        source: "api",
        session_id: "ses_s" as never,
        data: { call_id: `call_${index}` as never, outcome: "ok" as const, output: index === 0 ? output : "short" },
      })),
    );
    mkdirSync(join(home, "spool/deep"), { recursive: true });
    writeFileSync(join(home, "spool/deep/a.ndjson"), "x".repeat(5_000));
    const rows = await measureStorage(home);
    const bytesOf = (kind: string): number => rows.find((row) => row.kind === kind)?.bytes ?? 0;
    assert.equal(bytesOf("spool"), 5_000);
    assert.ok(bytesOf("events") >= 300 * 50, `events take ${bytesOf("events")}`);
    assert.ok(bytesOf("bodies") > 4_096, "the long text lies beside the events");
    assert.ok(bytesOf("journal") > 0);
    assert.equal(
      rows.find(({ kind }) => kind.startsWith("events_by")),
      undefined,
      "an index counts with its table",
    );
    assert.deepEqual(
      rows.map(({ bytes }) => bytes),
      rows.map(({ bytes }) => bytes).toSorted((a, b) => b - a),
    );
  } finally {
    await log.close();
    rmSync(home, { recursive: true });
  }
});

test("a home without a log cannot be measured, and says so", async () => {
  await assert.rejects(measureStorage(join(tmpdir(), "orrery-no-such-home")), /unable to open/);
});
