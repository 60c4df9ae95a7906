import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { AgentId, RunId, SessionId } from "../contract/ids.ts";
import { isBodyRef } from "../contract/text.ts";
import { subjectFilter } from "../lib/subject.ts";
import type { EventLog, ReadQuery } from "../log/log.ts";
import { draft, START } from "./log-draft.ts";

interface Opened {
  readonly log: EventLog;
  /** Closes and opens the same log again; undefined where nothing outlives the process. */
  readonly reopen?: () => Promise<EventLog>;
  readonly remove: () => Promise<void>;
}

export interface LogSuite {
  open(options?: { readonly queueLimit?: number; readonly onError?: (error: unknown) => void }): Opened;
}

/** What every store must do; the names quote the rules of `log/SPEC.md`. */
export function testEventLog(name: string, suite: LogSuite): void {
  const spec = (rule: string, run: (opened: Opened) => Promise<void>, options?: Parameters<LogSuite["open"]>[0]): void => {
    test(`${name} ${rule}`, async () => {
      const opened = suite.open(options);
      try {
        await run(opened);
      } finally {
        await opened.remove();
      }
    });
  };

  spec("[L1] what was acknowledged is there after the log is opened again", async ({ log, reopen }) => {
    if (reopen === undefined) return;
    const outcomes = await log.append(Array.from({ length: 1_500 }, (_, index) => draft(index)));
    const again = await reopen();
    assert.equal(again.head(), 1_500);
    assert.deepEqual(
      again.read({ limit: 2_000 }).map((event) => [event.id, event.seq]),
      outcomes.map(({ id, seq }) => [id, seq]),
    );
  });

  spec("[L2] seq is gapless from 1, and its order is the order of appending", async ({ log }) => {
    await Promise.all(Array.from({ length: 200 }, (_, index) => log.append([draft(index * 2), draft(index * 2 + 1)])));
    const events = log.read({ limit: 1_000 });
    assert.deepEqual(
      events.map((event) => event.seq),
      Array.from({ length: 400 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      events.map((event) => event.id),
      Array.from({ length: 400 }, (_, index) => `evt:${index}`),
    );
  });

  spec("[L3] an id is accepted once: in one append, across appends, and after opening again", async ({ log, reopen }) => {
    const first = await log.append([draft(1), draft(2), draft(1, { data: { changed: true } })]);
    assert.deepEqual(
      first.map(({ seq, duplicate }) => [seq, duplicate]),
      [
        [1, false],
        [2, false],
        [1, true],
      ],
    );
    const second = await log.append([draft(2), draft(3)]);
    assert.deepEqual(
      second.map(({ seq, duplicate }) => [seq, duplicate]),
      [
        [2, true],
        [3, false],
      ],
    );
    const later = reopen === undefined ? log : await reopen();
    assert.equal((await later.append([draft(3)]))[0]?.duplicate, true);
    assert.equal(later.head(), 3);
    assert.deepEqual(later.read({ limit: 1 })[0]?.data, { index: 1 });
  });

  spec("[L4] a tail sees past and future once, in order, from any position and however it is cut", async ({ log }) => {
    const total = 3_000;
    const seen: number[] = [];
    const writing = (async () => {
      for (let index = 0; index < total; index += 30) await log.append(Array.from({ length: 30 }, (_, offset) => draft(index + offset)));
    })();
    let cutAfter = 1;
    while (seen.length < total) {
      const abort = new AbortController();
      let pages = 0;
      for await (const page of log.tail(seen.at(-1) ?? 0, abort.signal)) {
        seen.push(...page.map((event) => event.seq));
        if (++pages >= cutAfter || seen.length >= total) abort.abort();
      }
      cutAfter = (cutAfter % 5) + 1;
    }
    await writing;
    assert.deepEqual(
      seen,
      Array.from({ length: total }, (_, index) => index + 1),
    );
  });

  spec("[L4] a tail that waits ends when it is told to", async ({ log }) => {
    const abort = new AbortController();
    const following = (async () => {
      for await (const _ of log.tail(0, abort.signal)) assert.fail("there is nothing to see");
    })();
    abort.abort();
    await following;
  });

  spec("[L4] a listener that throws loses nobody's events", async ({ log }) => {
    const seen: number[] = [];
    log.onCommit(() => {
      throw new Error("a bad listener");
    });
    const stop = log.onCommit((events) => seen.push(...events.map((event) => event.seq)));
    await log.append([draft(1), draft(2)]);
    stop();
    await log.append([draft(3)]);
    assert.deepEqual(seen, [1, 2]);
    assert.equal(log.head(), 3);
  });

  spec("[L5] every filter, order and bound gives what a plain scan gives", async ({ log, reopen }) => {
    const pick = <T>(items: readonly T[], index: number): T => items[index % items.length]!;
    const drafts = Array.from({ length: 2_600 }, (_, index) =>
      draft(index, {
        type: pick(["tool.started", "tool.ended", "x.a.b", "session.started"], index * 7),
        ...(index % 5 === 0 ? {} : { session: pick(["a", "b", "c"], index) }),
        ...(index % 3 === 0 ? {} : { agent: index % 50 === 1 ? "rare" : pick(["main", "one"], index) }),
        ...(index % 4 === 0 ? { run: pick(["r", "s"], index) } : {}),
        at: START + index * 1_000 + (index % 97 === 0 ? -86_400_000 : 0),
      }),
    );
    await log.append(drafts);
    const opened = reopen === undefined ? log : await reopen();
    const stored = drafts.map((event, index) => ({ seq: index + 1, ...event }) as StoredEvent);
    const bound = fc.option(fc.nat(2_700), { nil: undefined });
    const time = fc.option(
      fc.integer({ min: -90_000, max: 2_700 }).map((seconds) => START + seconds * 1_000),
      { nil: undefined },
    );
    const query = fc.record({
      after: bound,
      before: bound,
      sinceMs: time,
      untilMs: time,
      types: fc.option(fc.constantFrom(["tool.*"], ["*"], ["tool.ended", "x.*"], ["none.*"], []), { nil: undefined }),
      sessionId: fc.option(fc.constantFrom("ses_a" as SessionId, "ses_b" as SessionId, "ses_none" as SessionId), { nil: undefined }),
      agentId: fc.option(fc.constantFrom("agt_main" as AgentId, "agt_rare" as AgentId, "agt_none" as AgentId), { nil: undefined }),
      runId: fc.option(fc.constantFrom("run_r" as RunId), { nil: undefined }),
      order: fc.constantFrom("oldest" as const, "newest" as const),
      limit: fc.constantFrom(1, 7, 200, 3_000),
    });
    fc.assert(
      fc.property(query, (asked) => {
        const wanted = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as unknown as ReadQuery;
        assert.deepEqual(
          opened.read(wanted).map((event) => event.seq),
          scan(stored, wanted).map((event) => event.seq),
        );
      }),
      { numRuns: 150 },
    );
    assert.deepEqual(
      opened.read({ limit: 3, sessionId: "ses_b" as SessionId })[0],
      scan(stored, { limit: 1, sessionId: "ses_b" as SessionId })[0],
    );
  });

  spec(
    "[L7] a full queue answers busy, takes nothing of it, and takes again when it has emptied",
    async ({ log }) => {
      const waiting = log.append(Array.from({ length: 90 }, (_, index) => draft(index)));
      await assert.rejects(
        log.append(Array.from({ length: 20 }, (_, index) => draft(1_000 + index))),
        (error) => error instanceof OrreryError && error.code === "LOG_BUSY",
      );
      await waiting;
      assert.equal(log.head(), 90);
      await log.append(Array.from({ length: 20 }, (_, index) => draft(1_000 + index)));
      assert.equal(log.head(), 110);
    },
    { queueLimit: 100 },
  );

  spec("[L6] a draft that no store can take is refused alone", async ({ log }) => {
    const isBadInput = (error: unknown): boolean => error instanceof OrreryError && error.code === "BAD_INPUT";
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const before = log.append([draft(1)]);
    await Promise.all([
      assert.rejects(log.append([draft(2), { ...draft(3), timestamp: "soon" }]), isBadInput),
      assert.rejects(log.append([draft(4, { data: cyclic })]), isBadInput),
      assert.rejects(log.append([{ ...draft(5), data: undefined } as never]), isBadInput),
    ]);
    const after = log.append([draft(6)]);
    assert.deepEqual([(await before)[0]?.seq, (await after)[0]?.seq, log.head()], [1, 2, 2]);
  });

  spec("[L7] large texts fill the queue as many small ones do", async ({ log }) => {
    const waiting = Array.from({ length: 8 }, (_, index) => log.append([draft(index, { data: { text: "x".repeat(10_000_000) + index } })]));
    const fates = await Promise.allSettled(waiting);
    assert.equal(fates.filter(({ status }) => status === "fulfilled").length, 7);
    assert.equal((await log.append([draft(100)]))[0]?.seq, 8);
  });

  spec("[L8] a long text is stored once, read whole, and shown as a preview", async ({ log, reopen }) => {
    const long = `${"é漢😀 words ".repeat(3_000)}end`;
    await log.append([
      draft(1, { data: { output: long, nested: [{ deep: long }], short: "x".repeat(5_000) } }),
      draft(2, { data: { again: long } }),
    ]);
    const opened = reopen === undefined ? log : await reopen();
    const [first, second] = opened.read({ limit: 2 });
    const { output, nested, short } = first!.data as unknown as { output: unknown; nested: { deep: unknown }[]; short: string };
    assert.ok(isBodyRef(output) && isBodyRef((second!.data as unknown as { again: unknown }).again));
    assert.deepEqual(nested[0]?.deep, output);
    assert.equal(short.length, 5_000);
    assert.equal(output.body.size_bytes, Buffer.byteLength(long));
    assert.ok(long.startsWith(output.body.preview) && output.body.preview.isWellFormed());
    assert.equal(opened.body(output.body.sha256), long);
    assert.equal(opened.body("0".repeat(64)), undefined);
  });

  spec("[L8] half characters, depth and size do not harm the log", async ({ log }) => {
    let deep: unknown = "\ud83d".repeat(9_000);
    for (let level = 0; level < 3_000; level++) deep = [deep];
    await log.append([
      draft(1, { data: { half: `\ud83d${"x".repeat(20_000)}` } }),
      draft(2, { data: { deep } }),
      draft(3, { data: { big: "z".repeat(3_000_000) } }),
    ]);
    assert.equal(log.head(), 3);
    const ref = (log.read({ limit: 1 })[0]!.data as unknown as { half: { body: { sha256: string } } }).half;
    assert.ok(log.body(ref.body.sha256)?.isWellFormed());
  });

  spec("[L9] years, zeros and odd words come back as they went in", async ({ log, reopen }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uuid(),
        fc.jsonValue(),
        fc.date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") }),
        async (id, value, date) => {
          await log.append([draft(0, { id, at: date.getTime(), data: { value } })]);
        },
      ),
      { numRuns: 100 },
    );
    const before = log.read({ limit: 1_000 });
    const opened = reopen === undefined ? log : await reopen();
    assert.deepEqual(JSON.parse(JSON.stringify(opened.read({ limit: 1_000 }))), JSON.parse(JSON.stringify(before)));
  });

  spec("[N1] notes are read at once, listed by prefix, and durable after a flush", async ({ log, reopen }) => {
    log.notes.set("file:/a", "1");
    log.notes.set("file:/b", "2");
    log.notes.set("other", "3");
    assert.equal(log.notes.get("file:/a"), "1");
    await log.notes.flush();
    log.notes.set("file:/b", "22");
    log.notes.delete("file:/a");
    assert.deepEqual(log.notes.list("file:"), [["file:/b", "22"]]);
    const opened = reopen === undefined ? log : await reopen();
    assert.deepEqual(opened.notes.list(""), [
      ["file:/b", "22"],
      ["other", "3"],
    ]);
  });

  spec("[C1] the latest checkpoint not past a moment is found, by seq and by time", async ({ log, reopen }) => {
    const session = "ses_a" as SessionId;
    await log.append(Array.from({ length: 30 }, (_, index) => draft(index, { session: "a" })));
    for (const seq of [10, 20, 30]) log.checkpoints.save({ sessionId: session, seq, shownAtMs: START + seq, state: `state ${seq}` });
    const expectations = async (opened: EventLog): Promise<void> => {
      assert.equal(opened.checkpoints.latest(session, { seq: 9 }), undefined);
      assert.equal(opened.checkpoints.latest(session, { seq: 20 })?.state, "state 20");
      assert.equal(opened.checkpoints.latest(session, { shownAtMs: START + 29 })?.state, "state 20");
      assert.equal(opened.checkpoints.latest("ses_b" as SessionId, { seq: 99 }), undefined);
      assert.equal(opened.checkpoints.firstSeq(session), 1);
    };
    await expectations(log);
    await log.checkpoints.flush();
    await expectations(log);
    if (reopen !== undefined) await expectations(await reopen());
  });

  spec("[C3] checkpoints do not gather in memory, however many come before the next commit", async ({ log }) => {
    const state = "s".repeat(300_000);
    for (let seq = 1; seq <= 60; seq++) log.checkpoints.save({ sessionId: "ses_a" as SessionId, seq, shownAtMs: START + seq, state });
    for (const seq of [1, 30, 60]) assert.equal(log.checkpoints.latest("ses_a" as SessionId, { seq })?.seq, seq);
    log.checkpoints.clear();
    assert.equal(log.checkpoints.latest("ses_a" as SessionId, { seq: 60 }), undefined);
    await log.checkpoints.flush();
    assert.equal(log.checkpoints.latest("ses_a" as SessionId, { seq: 60 }), undefined);
  });

  spec("[C2] one summary per session stands, and a rebuild begins from none", async ({ log }) => {
    log.checkpoints.saveSummary("ses_a" as SessionId, 1, "one");
    await log.checkpoints.flush();
    log.checkpoints.saveSummary("ses_a" as SessionId, 2, "two");
    assert.deepEqual([...log.checkpoints.summaries()], [{ sessionId: "ses_a", seq: 2, summary: "two" }]);
    log.checkpoints.clear();
    assert.deepEqual([...log.checkpoints.summaries()], []);
    await log.checkpoints.flush();
    assert.deepEqual([...log.checkpoints.summaries()], []);
  });

  spec(
    "[K1] bodies that were last stored before a time are counted, and gone when dropped; their events keep size and preview",
    async ({ log }) => {
      const text = "long ".repeat(5_000);
      await log.append([draft(1, { data: { text } }), draft(2, { data: { text: `other ${text}` } })]);
      const [first] = log.read({ limit: 1 });
      const body = (first!.data as unknown as { text: { body: { sha256: string; size_bytes: number } } }).text.body;
      assert.deepEqual(log.keeping.oldBodies(START, true), { items: 0, bytes: 0 });
      assert.equal(log.body(body.sha256), text);
      const counted = log.keeping.oldBodies(Number.MAX_SAFE_INTEGER, false);
      assert.equal(counted.items, 2);
      assert.ok(counted.bytes > 0);
      assert.equal(log.body(body.sha256), text, "counting drops nothing");
      assert.deepEqual(log.keeping.oldBodies(Number.MAX_SAFE_INTEGER, true), counted);
      assert.equal(log.body(body.sha256), undefined);
      assert.deepEqual(log.read({ limit: 1 }), [first]);
      await log.append([draft(3, { data: { text } })]);
      assert.equal(log.body(body.sha256), text, "what is told again is kept again");
    },
  );

  spec(
    "[K2] stored events are given other data, and nothing else of them changes; checkpoints of their sessions go",
    async ({ log, reopen }) => {
      await log.append([draft(1, { session: "a", data: { words: "x" } }), draft(2, { session: "b", data: { words: "y" } })]);
      for (const id of ["ses_a", "ses_b"] as SessionId[]) log.checkpoints.save({ sessionId: id, seq: 2, shownAtMs: START, state: "s" });
      const [first, second] = log.read({ limit: 2 }) as [StoredEvent, StoredEvent];
      log.keeping.replaceData([{ ...first, data: { words: "" } } as unknown as StoredEvent]);
      const check = (opened: EventLog): void => {
        assert.deepEqual(opened.read({ limit: 2 }), [{ ...first, data: { words: "" } }, second]);
        assert.equal(opened.checkpoints.latest("ses_a" as SessionId, { seq: 2 }), undefined);
        assert.equal(opened.checkpoints.latest("ses_b" as SessionId, { seq: 2 })?.state, "s");
      };
      check(log);
      await log.checkpoints.flush();
      check(log);
      if (reopen !== undefined) check(await reopen());
    },
  );

  spec("[L6] closing writes what waits; afterwards appends are refused", async ({ log, reopen }) => {
    const waiting = log.append([draft(1)]);
    if (reopen === undefined) {
      await log.close();
      await waiting;
    } else {
      const again = await reopen();
      await waiting;
      assert.equal(again.head(), 1);
    }
    await assert.rejects(log.append([draft(2)]), (error) => error instanceof OrreryError && error.code === "STOPPING");
  });
}

function scan(events: readonly StoredEvent[], query: ReadQuery): StoredEvent[] {
  const isWanted = query.types === undefined ? () => true : subjectFilter(query.types);
  const matching = events.filter((event) => {
    const at = Date.parse(event.timestamp);
    return (
      event.seq > (query.after ?? 0) &&
      event.seq < (query.before ?? Infinity) &&
      at >= (query.sinceMs ?? -Infinity) &&
      at <= (query.untilMs ?? Infinity) &&
      (query.sessionId === undefined || event.session_id === query.sessionId) &&
      (query.agentId === undefined || event.agent_id === query.agentId) &&
      (query.runId === undefined || event.run_id === query.runId) &&
      isWanted(event.type)
    );
  });
  return (query.order === "newest" ? matching.toReversed() : matching).slice(0, query.limit);
}
