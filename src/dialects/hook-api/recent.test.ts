import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft } from "../../contract/events/index.ts";
import type { SessionId } from "../../contract/ids.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { ReadQuery } from "../../log/log.ts";
import type { Picture } from "../picture.ts";
import { RECENT, recentOf } from "./recent.ts";

const SESSION = "ses_a" as SessionId;

test("of a session that was read before the log is read once, until much came or words were taken out of stored events", async () => {
  const log = createMemoryLog({ clock: systemClock });
  const asked: (number | undefined)[] = [];
  const readLog = (query: ReadQuery) => {
    asked.push(query.after);
    return log.read(query);
  };
  const picture = { readLog, onCommit: log.onCommit } as unknown as Picture;
  const say = (id: string, type = "message.added", of: object = { session_id: SESSION }): Promise<unknown> =>
    log.append([
      {
        id,
        type,
        timestamp: "2026-11-20T10:00:00.000Z",
        source: "claude-code/hook",
        ...of,
        data:
          type === "message.added"
            ? { message_id: `msg_${id}`, role: "user", parts: [{ kind: "text", text: id }] }
            : { session_ids: [SESSION] },
      },
    ] as unknown as EventDraft[]);
  const seen = (): string[] => recentOf(picture, SESSION).messages.map(({ id }) => id);

  await say("one");
  assert.deepEqual(seen(), ["one"]);
  const first = asked.splice(0);
  await say("two");
  assert.deepEqual(seen(), ["two", "one"]);
  assert.deepEqual(asked, [], "what came since is at hand");
  await say("kept", "retention.applied", {});
  assert.deepEqual(seen(), ["two", "one"]);
  assert.deepEqual(asked.splice(0), first, "read as at first");
  const many = Array.from({ length: RECENT + 1 }, (_, index) => `more-${index}`);
  for (const id of many) await say(id);
  assert.deepEqual(seen(), many.toReversed().slice(0, RECENT));
  assert.deepEqual(asked, first, "and so when more came than is kept");
});
