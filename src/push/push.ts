import { createHash } from "node:crypto";
import webPush from "web-push";
import { OrreryError } from "../contract/errors.ts";
import type { AskRow } from "../contract/operations/asks.ts";
import type { Handlers } from "../contract/operations/index.ts";
import type { AlertRow } from "../contract/operations/alerts.ts";
import type { Notice, PushBrowser } from "../contract/operations/push.ts";
import { backoffMs } from "../lib/backoff.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { openPushBook, type Browser } from "./push-book.ts";
import { noticeOfAlert } from "../projections/alert-notice.ts";
import { noticeOf } from "../projections/ask-notice.ts";
import { readServices, serviceOf } from "./services.ts";

interface Deps {
  readonly home: string;
  readonly clock: Clock;
  readonly logger: { warn(about: object, words: string): void };
  /** The setting `push_services`. */
  readonly services: string;
  /** The ask as it stands now. */
  readonly ask: (id: string) => Promise<AskRow | undefined>;
  readonly signal: AbortSignal;
}

export interface Push {
  readonly handlers: Pick<Handlers, Extract<keyof Handlers, `push.${string}`>>;
  /** Takes what was stored: each ask that was opened is told to every browser if it is still open two seconds later. */
  noted(events: readonly { readonly type: string; readonly data: object }[]): void;
  /** Tells every browser of an alert. */
  raised(alert: AlertRow): void;
}

/** Who answers at the open page, or a rule that answers at once, comes before any notification. */
const GRACE_MS = 2_000;
const ANSWER_WITHIN_MS = 10_000;
const ATTEMPTS = 4;
const LONGEST_TTL_S = 24 * 3_600;
/** What was wrong hours ago is looked up on the page. */
const ALERT_TTL_S = 4 * 3_600;
/** RFC 8292 wants an address of whoever sends; a daemon on somebody's own machine has none. */
const SUBJECT = "https://orrery.invalid";
const GONE = new Set([404, 410]);

/** Tells subscribed browsers of asks and alerts through their makers' push services (RFC 8030), encrypted for the browser (RFC 8291). Without a browser that a person added, nobody is called. */
export function openPush({ home, clock, logger, services: setting, ask, signal }: Deps): Push {
  const services = readServices(setting);
  const book = openPushBook(home);
  const state = new Map<string, { last_told_at?: string; problem?: string }>();

  const rowOf = ({ endpoint: _endpoint, keys: _keys, ...browser }: Browser): PushBrowser => ({
    ...browser,
    ...state.get(browser.browser_id),
  });

  function browserOf(id: string): Browser {
    const found = book.browsers().find(({ browser_id }) => browser_id === id);
    if (found === undefined) throw new OrreryError("NOT_FOUND", { what: "browser", id });
    return found;
  }

  async function tell(browser: Browser, notice: Notice, ttlSeconds: number, attempts = ATTEMPTS): Promise<void> {
    const { public_key, private_key } = book.keys();
    let problem = "";
    for (let attempt = 0; attempt < attempts && !signal.aborted; attempt++) {
      if (attempt > 0) await clock.sleep(backoffMs(attempt - 1, 0), signal).catch(() => undefined);
      try {
        const { endpoint, headers, body } = webPush.generateRequestDetails(browser, JSON.stringify(notice), {
          vapidDetails: { subject: SUBJECT, publicKey: public_key, privateKey: private_key },
          contentEncoding: "aes128gcm",
          urgency: "high",
          TTL: ttlSeconds,
          topic: topicOf(notice.id),
        });
        const reply = await fetch(endpoint, {
          method: "POST",
          headers: headers as Record<string, string>,
          body: new Uint8Array(body),
          redirect: "error",
          signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        });
        await reply.body?.cancel();
        if (reply.ok) return void state.set(browser.browser_id, { last_told_at: toTimestamp(clock.now()) });
        problem = `its push service answered ${reply.status}`;
        if (GONE.has(reply.status)) {
          book.remove(browser.browser_id);
          return void logger.warn({ browser: browser.label }, "a browser took its subscription back");
        }
        if (reply.status < 500 && reply.status !== 429) break;
      } catch (error) {
        problem = String((error as Error).cause ?? (error as Error).message);
      }
    }
    state.set(browser.browser_id, { ...state.get(browser.browser_id), problem });
    logger.warn({ browser: browser.label, problem }, "a notice was not delivered to a browser");
  }

  async function tellAll(askId: string): Promise<void> {
    await clock.sleep(GRACE_MS, signal);
    if (book.browsers().length === 0) return;
    const row = await ask(askId);
    if (row === undefined || row.state !== "open") return;
    const left = row.deadline === undefined ? LONGEST_TTL_S : Math.ceil((Date.parse(row.deadline) - clock.now()) / 1_000);
    await tellEach(noticeOf(row), Math.max(1, Math.min(left, LONGEST_TTL_S)));
  }

  async function tellEach(notice: Notice, ttlSeconds: number): Promise<void> {
    await Promise.all(book.browsers().map((browser) => tell(browser, notice, ttlSeconds)));
  }

  return {
    handlers: {
      "push.list": () => ({ public_key: book.keys().public_key, services: [...services], items: book.browsers().map(rowOf) }),
      "push.add": ({ endpoint, keys, label }, { actor }) => {
        const service = serviceOf(endpoint, services);
        const known = book.browsers().find((browser) => browser.endpoint === endpoint);
        const browser: Browser = {
          browser_id: known?.browser_id ?? `brw_${createHash("sha256").update(endpoint).digest("hex").slice(0, 20)}`,
          label,
          service,
          endpoint,
          keys,
          created_at: toTimestamp(clock.now()),
          created_by: actor,
        };
        book.put(browser);
        return rowOf(browser);
      },
      "push.test": async ({ browser_id }) => {
        const browser = browserOf(browser_id);
        await tell(
          browser,
          { id: "test", path: "/inbox", title: "Orrery", body: "Asks and alerts will reach you here.", actions: [] },
          60,
          1,
        );
        return rowOf(browser);
      },
      "push.remove": ({ browser_id }) => {
        const gone = rowOf(book.remove(browser_id));
        state.delete(browser_id);
        return gone;
      },
    },
    noted(events) {
      if (book.browsers().length === 0) return;
      for (const { type, data } of events)
        if (type === "ask.opened") void tellAll((data as { readonly ask_id: string }).ask_id).catch(() => undefined);
    },
    raised: (alert) => void tellEach(noticeOfAlert(alert), ALERT_TTL_S).catch(() => undefined),
  };
}

/** At most 32 base64url characters, by RFC 8030: a message about the same thing takes the place of one that still waits. */
function topicOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url").slice(0, 32);
}
