import { unreadable } from "./claude-settings.ts";
import type { SettingsPlan } from "./settings-plan.ts";

export const OPENCODE_PATH = "/api/ingest/opencode";
const MARK = "// Written by `orrery connect opencode`.";

/**
 * A plugin of opencode: one file in its plugin folder, which every opencode of this user loads. Nothing of the user's own is changed, and taking
 * the file away is the whole undo. (Following a server instead needs one at a known address: `--opencode-urls`.)
 */
export const opencodePlugin: SettingsPlan = {
  connect(path, text, { url }) {
    if (text !== undefined && !text.startsWith(MARK)) throw unreadable(path, "a file of this name is there and is not ours");
    return pluginTo(url);
  },
  disconnect: (_, text) => (text.startsWith(MARK) ? undefined : text),
};

/** Hands on what happens and never holds opencode up: what cannot be sent waits in memory, the newest of it. */
function pluginTo(url: string): string {
  return `${MARK} \`orrery disconnect opencode\` takes it away.
// It tells Orrery what happens, changes nothing, and waits for nothing.
const url = ${JSON.stringify(url)};
const MAX_WAITING = 5000;
const PER_REQUEST = 200;
const RETRY_MS = 5000;

export const Orrery = async ({ client }) => {
  let waiting = [];
  let isSending = false;

  async function send() {
    if (isSending) return;
    isSending = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting.slice(0, PER_REQUEST);
        const reply = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/x-ndjson" },
          body: batch.map((item) => JSON.stringify(item)).join("\\n"),
          signal: AbortSignal.timeout(5000),
        });
        if (reply.status >= 500) throw new Error(String(reply.status));
        waiting = waiting.filter((item) => !batch.includes(item));
      }
    } catch {
      const timer = setTimeout(send, RETRY_MS);
      timer.unref?.();
    } finally {
      isSending = false;
    }
  }

  function push(body) {
    waiting.push({ received_at: new Date().toISOString(), body });
    if (waiting.length > MAX_WAITING) waiting.shift();
    void send();
  }

  // Only the list says which session is another one's child.
  Promise.resolve()
    .then(() => client?.session?.list?.())
    .then((list) => Array.isArray(list?.data) && push({ sessions: list.data.slice(0, 500) }))
    .catch(() => undefined);

  return {
    event: async ({ event }) => {
      if (event?.type !== "message.part.delta") push(event);
    },
  };
};
`;
}
