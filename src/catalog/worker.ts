import { statSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../lib/clock.ts";
import { openLogReader } from "../log/index.ts";
import { createCalls } from "./calls.ts";
import { createIndexer } from "./indexer.ts";
import type { Answer, Asked, Level } from "./messages.ts";
import { openCatalog, removeCatalog } from "./open.ts";
import { createRequests } from "./requests.ts";
import { createSearch } from "./search.ts";

// The catalog's own thread: it reads the log beside the daemon, writes rows behind it, and answers. Questions come first: between two pages of
// events, everything that was asked meanwhile is answered.
const { home } = workerData as { readonly home: string };
const port = parentPort!;
const log = openLogReader(home);
let catalog = open();
let problem: string | undefined;
let isIndexing = false;
let lastWakeMs = -Infinity;
/** Since when there are events that it has not taken in. */
let behindSince: number | undefined;
/** Told of new events so short a time ago, more are on their way. */
const POURING_MS = 600;

function open() {
  const db = openCatalog(home, log);
  return { db, indexer: createIndexer(db, log), calls: createCalls(db), requests: createRequests(db), search: createSearch(db) };
}

function level(): Level {
  const indexed_to = catalog.indexer.cursor();
  return { indexed_to, lag: Math.max(0, log.head() - indexed_to) };
}

/** While events pour in it works a quarter of the time: what agents tell comes before what people may look for. Then it catches up. */
function step(): void {
  const began = performance.now();
  try {
    isIndexing = catalog.indexer.step();
    if (!isIndexing) behindSince = undefined;
    problem = undefined;
  } catch (error) {
    isIndexing = false;
    problem = (error as Error).message;
  }
  const now = performance.now();
  const isPouring = now - lastWakeMs < POURING_MS;
  if (isIndexing) systemClock.after((now - began) * (isPouring ? 3 : 0), step);
}

function wake(): void {
  lastWakeMs = performance.now();
  behindSince ??= lastWakeMs;
  if (isIndexing) return;
  isIndexing = true;
  setImmediate(step);
}

function count(table: "calls" | "docs" | "sessions"): number {
  return (catalog.db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
}

function answer(asked: Asked): unknown {
  switch (asked.what) {
    case "calls":
      return { ...catalog.calls.list(asked.filter, asked.page), ...level() };
    case "aggregate":
      return { ...catalog.calls.aggregate(asked.filter, asked.groupBy, asked.limit), ...level() };
    case "requests":
      return { ...catalog.requests.list(asked.filter, asked.page), ...level() };
    case "matching":
      return { call_ids: catalog.calls.matching(asked.sessionId, asked.text), ...level() };
    case "search":
      return { ...catalog.search(asked.input, asked.offset), ...level() };
    case "level": {
      const now = level();
      return { ...now, behind_ms: now.lag === 0 || behindSince === undefined ? 0 : Math.round(performance.now() - behindSince) };
    }
    case "status": {
      const bytes = ["", "-wal"].reduce(
        (sum, suffix) => sum + (statSync(join(home, `catalog.db${suffix}`), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
      return {
        ...level(),
        calls: count("calls"),
        documents: count("docs"),
        sessions: count("sessions"),
        bytes,
        ...(problem === undefined ? {} : { detail: problem }),
      };
    }
    case "rebuild":
      catalog.db.close();
      removeCatalog(home);
      catalog = open();
      wake();
      return {};
  }
}

port.on("message", (message: Asked | "wake" | "stop") => {
  if (message === "wake") return wake();
  if (message === "stop") {
    isIndexing = true;
    catalog.db.close();
    log.close();
    port.close();
    return;
  }
  let reply: Answer;
  try {
    reply = { no: message.no, value: answer(message) };
  } catch (error) {
    reply = { no: message.no, error: (error as Error).message };
  }
  port.postMessage(reply, []);
});
wake();
