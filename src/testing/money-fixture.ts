import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { EventDraft } from "../contract/events/index.ts";
import type { Caller } from "../contract/operations/index.ts";
import { systemClock, toTimestamp } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createHistory } from "../daemon/history.ts";
import { createBudgets } from "../daemon/money-budgets.ts";
import { createPriceBook } from "../daemon/money-prices.ts";
import { createMoneyHandlers } from "../daemon/money.ts";
import { createWholeSessions } from "../daemon/whole-sessions.ts";
import { createProjector } from "../daemon/projector.ts";
import { createTicketBook } from "../daemon/work-book.ts";

export const NOON = Date.UTC(2026, 10, 20, 12);

export const caller: Caller = { door: "internal", actor: "test" };

/** What the daemon knows of money, over a log in memory, on a clock that stands at noon until `time.now` is moved. */
export function openMoney(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), "orrery-money-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const time = { now: NOON };
  const clock = { ...systemClock, now: () => time.now };
  const log = createMemoryLog({ clock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  log.onCommit(projector.apply);
  const { summaries, session } = projector;
  const openBook = () => createPriceBook({ home, today: () => toTimestamp(clock.now()).slice(0, 10) });
  const book = openBook();
  const openBudgets = () => {
    const budgets = createBudgets({ home, clock, summaries, session, pricesAt: book.at, append: log.append });
    log.onCommit(budgets.noted);
    return budgets;
  };
  const budgets = openBudgets();
  const tickets = createTicketBook({ log, clock });
  log.onCommit(tickets.apply);
  const handlers = createMoneyHandlers({
    clock,
    summaries,
    session,
    history,
    head: log.head,
    wholeNow: createWholeSessions({ log, history }),
    book,
    budgets,
    tickets: () => tickets.tickets(),
  });
  const told = () =>
    log.read({ types: ["budget.*"], order: "oldest", limit: 100 }).map(({ type, data }) => [type, (data as { subject: string }).subject]);
  let count = 0;
  const event = (type: string, session_id: string, data: object, more: object = {}): EventDraft =>
    ({
      id: `e${count++}`,
      type,
      timestamp: toTimestamp(time.now),
      source: "claude-code/transcript",
      session_id,
      agent_id: "agt_main",
      data,
      ...more,
    }) as EventDraft;
  /** One request of this session; output costs 20 millionths a token. */
  const spend = (session_id: string, output: number, more: object = {}, agent = "agt_main") =>
    log.append([
      event("session.started", session_id, { project: session_id === "ses_c" ? "other" : "shop", app: "claude-code" }),
      event(
        "model.responded",
        session_id,
        {
          request_id: `req_${count}`,
          model: "claude-opus-5-5",
          usage: { input: 0, cache_read: 300, cache_write_5m: 100, output },
          ...more,
        },
        { agent_id: agent },
      ),
    ]);
  return { home, time, log, book, openBook, budgets, openBudgets, handlers, told, spend, event };
}

/** What the prompt of each request that `spend` tells costs, in millionths of a dollar: 300 tokens read at 0.2, 100 written at 5. */
export const PROMPT_MICROS = 560;
