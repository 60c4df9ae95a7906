import { OrreryError } from "../../contract/errors.ts";
import { Scope } from "../../contract/operation.ts";
import type { InputFor, OutputFor } from "../../contract/operations/index.ts";
import { createToken, type TokenRow } from "../../contract/operations/tokens.ts";
import { makeHome } from "../../daemon/home.ts";
import { openTokenBook } from "../../daemon/token-book.ts";
import { toRow } from "../../daemon/tokens.ts";
import { systemClock } from "../../lib/clock.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { badUsage } from "../failure.ts";
import { homeOf, runningDaemon } from "../find-daemon.ts";
import { ago } from "../printable.ts";
import { clientOf } from "../token-file.ts";

type Options = Readonly<Record<string, unknown>>;

interface Book {
  list(state: InputFor<"tokens.list">["state"]): Promise<readonly TokenRow[]>;
  create(input: InputFor<"tokens.create">): Promise<OutputFor<"tokens.create">>;
  revoke(tokenId: string): Promise<TokenRow>;
}

/** Who may come in. Works without a daemon too: one that listens beyond this machine starts only once there is a token. */
export const token: CommandModule = {
  configure(command) {
    command
      .argument("[verb]", "create, ls or revoke; ls when none is given")
      .argument("[name]", "create: a name for it; revoke: its id or name")
      .option("--scope <scope>", `create: ${Scope.options.join(", ")}; each may do what those before it may`, "read")
      .option("--all", "ls: also those that are revoked");
    withExample(withDaemon(command), "orrery token create laptop --scope control", "orrery token ls", "orrery token revoke laptop");
  },

  async run(context, options, [verb = "ls", name]) {
    const act = verbs[verb];
    if (act === undefined) throw badUsage(`verb must be one of ${Object.keys(verbs).join(", ")}, not ${verb}`);
    await act(context, await bookOf(context, options), options, name);
  },
};

const verbs: Readonly<Record<string, (context: Context, book: Book, options: Options, name: string | undefined) => Promise<void>>> = {
  create,
  ls: list,
  revoke,
};

async function create({ out }: Context, book: Book, options: Options, name: string | undefined): Promise<void> {
  const input = createToken.input.safeParse({ name: name ?? "", scope: options["scope"] });
  if (!input.success) throw badUsage(input.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; "));
  const made = await book.create(input.data);
  out.show({ data: made, ids: [made.token], lines: [made.token] });
  out.hint(`${made.name} may ${sayings[made.scope]}. It is shown this once: keep it now.`);
}

const sayings: Readonly<Record<Scope, string>> = {
  ingest: "send events, and nothing else",
  read: "send events and read everything",
  control: "read everything and act: answer asks, keep tickets",
  admin: "do everything, tokens and rules included",
};

async function list({ out }: Context, book: Book, options: Options): Promise<void> {
  const items = await book.list(options["all"] === true ? "all" : "valid");
  const now = systemClock.now();
  out.show({
    data: items,
    rows: items,
    ids: items.map((row) => row.token_id),
    empty: "No tokens: only this machine may come in. Make one: orrery token create <name> --scope read",
    columns: [
      { name: "TOKEN", value: (row) => row.token_id },
      { name: "NAME", value: (row) => row.name, isFlexible: true },
      { name: "SCOPE", value: (row) => row.scope },
      { name: "MADE", value: (row) => `${ago(Date.parse(row.created_at), now)} ago`, align: "right" },
      {
        name: "LAST USED",
        value: ({ last_used_at }) => (last_used_at === undefined ? "never" : `${ago(Date.parse(last_used_at), now)} ago`),
        align: "right",
      },
      { name: "", value: ({ revoked_at }) => (revoked_at === undefined ? "" : "revoked") },
    ],
  });
}

async function revoke({ out }: Context, book: Book, _options: Options, name: string | undefined): Promise<void> {
  if (name === undefined) throw badUsage("which one: its id or its name");
  const found = (await book.list("valid")).find((row) => row.token_id === name || row.name === name);
  if (found === undefined) throw new OrreryError("NOT_FOUND", { what: "valid token", id: name });
  const gone = await book.revoke(found.token_id);
  out.show({ data: gone, ids: [gone.token_id], lines: [`${gone.name} is revoked.`] });
}

/** The daemon, where one runs or is named; else the file, which the next daemon reads. */
async function bookOf({ env }: Context, options: Options): Promise<Book> {
  const home = homeOf(options, env);
  const url = (options["url"] as string | undefined) ?? (await runningDaemon(home))?.url;
  if (url !== undefined) {
    const { tokens } = clientOf(options, env, url);
    return {
      list: async (state) => (await tokens.list({ state })).items,
      create: (input) => tokens.create(input),
      revoke: (token_id) => tokens.revoke({ token_id }),
    };
  }
  makeHome(home);
  const book = openTokenBook({ home, clock: systemClock });
  return {
    list: async (state) =>
      book
        .entries()
        .map(toRow)
        .filter(({ revoked_at }) => state === "all" || (revoked_at === undefined) === (state === "valid")),
    create: async (input) => {
      const { entry, token } = book.create(input, "local");
      return { ...toRow(entry), token };
    },
    revoke: async (tokenId) => toRow(book.revoke(tokenId, "local")),
  };
}
