import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OperationName } from "../src/contract/operations/index.ts";
import type { Site } from "./operation-samples.ts";

interface Friendly {
  /** What it calls, the last of them for its answer. */
  readonly serves: readonly OperationName[];
  args(site: Site): readonly string[] | Promise<readonly string[]>;
  /** What only an answer of the daemon lets it say. */
  readonly says: RegExp;
}

const ask = async ({ client }: Site): Promise<string> => (await client.asks.create({ kind: "gate", prompt: "Go on?" })).ask_id;
const ticket = async ({ client }: Site): Promise<string> => (await client.tickets.create({ title: "By hand" })).ticket_id;

/** Which command of `bin/orrery` serves which operation, so that people need no JSON. Every other operation is one `orrery call` away. */
export const friendly: readonly Friendly[] = [
  { serves: ["sessions.list"], args: () => ["ls"], says: /ses_|working|idle|ended/ },
  { serves: ["sessions.list", "sessions.get", "sessions.calls"], args: ({ session }) => ["show", session], says: /Bash|Read|Write/ },
  { serves: ["usage.get"], args: () => ["usage", "--by", "model"], says: /claude/ },
  { serves: ["usage.csv"], args: () => ["usage", "--by", "model", "--csv"], says: /,/ },
  { serves: ["todos.list"], args: () => ["todos", "--status", "all"], says: /No todos\.|session/ },
  { serves: ["tickets.list"], args: () => ["tickets", "--status", "all"], says: /Doors|By hand/ },
  { serves: ["tickets.get"], args: async (site) => ["tickets", "show", await ticket(site)], says: /By hand/ },
  { serves: ["tickets.create"], args: () => ["tickets", "create", "Typed"], says: /tkt_\d+/ },
  { serves: ["tickets.update"], args: async (site) => ["tickets", "edit", await ticket(site), "--title", "Other"], says: /Other/ },
  { serves: ["tickets.close"], args: async (site) => ["tickets", "close", await ticket(site)], says: /completed/ },
  { serves: ["tickets.link"], args: async (site) => ["tickets", "link", await ticket(site), "--session", site.session], says: /tkt_/ },
  {
    serves: ["tickets.unlink"],
    args: async (site) => {
      const ticket_id = await ticket(site);
      await site.client.tickets.link({ ticket_id, session_id: site.session });
      return ["tickets", "unlink", ticket_id, "--session", site.session];
    },
    says: /tkt_/,
  },
  { serves: ["calls.list"], args: ({ session }) => ["calls", "--session", session], says: /Bash|Read|Write/ },
  { serves: ["search.query"], args: () => ["search", "README"], says: /README/ },
  { serves: ["catalog.get"], args: () => ["catalog"], says: /\d/ },
  { serves: ["alerts.list"], args: () => ["alerts", "--all"], says: /five_hour|limit|quota/ },
  {
    serves: ["alerts.snooze"],
    args: async ({ client }) => ["alerts", "--snooze", (await client.alerts.list({ state: "all" })).items[0]!.alert_id],
    says: /until|snooz/i,
  },
  { serves: ["alerts.test"], args: () => ["alerts", "--test"], says: /alerts\.json/ },
  { serves: ["asks.list"], args: () => ["asks", "--all"], says: /Go on\?|Ship it\?/ },
  { serves: ["asks.list", "asks.get"], args: () => ["inbox", "--json"], says: /ask_/ },
  { serves: ["asks.create"], args: () => ["ask", "Typed?", "--detach"], says: /ask_/ },
  { serves: ["asks.get", "asks.answer"], args: async (site) => ["answer", await ask(site), "yes"], says: /allowed|yes|approved/i },
  {
    serves: ["asks.get", "asks.withdraw"],
    args: async (site) => ["answer", await ask(site), "withdraw"],
    says: /^cancelled by local at cli/,
  },
  { serves: ["policy.get"], args: () => ["policy", "check"], says: /There are no rules/ },
  {
    serves: ["policy.test"],
    args: ({ folder }) => {
      const file = join(folder, "tried.json");
      writeFileSync(
        file,
        JSON.stringify({
          rules: [
            { effect: "deny", tool: "Bash" },
            { effect: "allow", tool: "Read" },
          ],
        }),
      );
      return ["policy", "test", file];
    },
    says: /^Of \d+ calls: would have allowed [1-9]\d*, denied [1-9]\d*, asked about 0; no rule holds for \d+\./m,
  },
  { serves: ["sessions.export"], args: ({ session }) => ["export", session], says: /"type":"/ },
  {
    serves: ["imports.start", "imports.get"],
    args: () => ["import", join(import.meta.dirname, "fixtures/claude-code/simple-tools")],
    says: /\d+ (records|events|files|sessions)/,
  },
  {
    serves: ["ingest.replay"],
    args: () => ["reingest"],
    // The recording that is imported beside it holds lines of other kinds.
    says: /^(Every record was understood when it came, and by the tables of today\.|FORMAT +RECORDS +UNDERSTOOD +NEW EVENTS +READ AGAIN)$/m,
  },
  { serves: ["backup.make"], args: () => ["backup"], says: /backups/ },
  { serves: ["retention.apply"], args: () => ["retention"], says: /forever|days|\d/ },
  { serves: ["tokens.list"], args: () => ["token", "ls", "--all"], says: /door|gone|typed/ },
  { serves: ["tokens.create"], args: () => ["token", "create", "typed"], says: /^orrt_\S{20}/ },
  {
    serves: ["tokens.revoke"],
    args: async ({ client }) => ["token", "revoke", (await client.tokens.create({ name: "typed-gone" })).token_id],
    says: /typed-gone/,
  },
  { serves: ["events.list"], args: () => ["show", "1"], says: /"seq": ?1|seq +1|#1/ },
  { serves: ["status.get"], args: () => ["doctor"], says: /127\.0\.0\.1|running|daemon/i },
  // Last: while the catalog is made anew, little is found in it.
  { serves: ["catalog.rebuild"], args: () => ["catalog", "--rebuild"], says: /\d|rebuil|anew/ },
];

/** Commands that serve no operation, or more than ends by itself. */
export const others: Readonly<Record<string, string>> = {
  call: "is the door to every operation, and is walked as one",
  serve: "starts the daemon",
  connect: "changes an agent's settings",
  disconnect: "changes an agent's settings",
  demo: "plays events until it is stopped",
  tail: "follows events until it is stopped",
  ingest: "follows a stream until it ends (sources.e2e.test.ts)",
  forward: "sends on until it is stopped",
  restore: "works where no daemon runs",
  mcp: "is a door of its own",
};
