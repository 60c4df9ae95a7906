import { readFileSync } from "node:fs";
import { createClient, type Client } from "../client/index.ts";
import { badUsage } from "./failure.ts";
import { daemonUrl } from "./find-daemon.ts";

type Options = Readonly<Record<string, unknown>>;
type Env = Readonly<Record<string, string | undefined>>;

/** The token in the file of `--token-file`, else of `ORRERY_TOKEN_FILE`. A file, because arguments and environments can be read by others. */
export function tokenOf(options: Options, env: Env): string | undefined {
  const flag = options["tokenFile"] as string | undefined;
  const path = flag ?? env["ORRERY_TOKEN_FILE"];
  if (path === undefined || path === "") return undefined;
  const name = flag === undefined ? "ORRERY_TOKEN_FILE" : "--token-file";
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw badUsage(`${name} cannot be read: ${(cause as Error).message}`, cause);
  }
  if (!/^[\x21-\x7E]+$/.test(text)) throw badUsage(`${name} must hold one token: ${path}`);
  return text;
}

/** A client of the daemon that was named, with the token that was given for it. */
export function clientOf(options: Options, env: Env, url: string = daemonUrl(options, env)): Client {
  return createClient({ url, token: tokenOf(options, env) });
}
