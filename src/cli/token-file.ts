import { readFileSync } from "node:fs";
import { createClient, type Client } from "../client/index.ts";
import { badUsage } from "./failure.ts";
import { localTokenPath } from "../daemon/local-token.ts";
import { daemonUrl, homeOf } from "./find-daemon.ts";

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

/** A client of the daemon that was named, with the token that was given for it, or with the one that this machine's own daemon left for it. */
export function clientOf(options: Options, env: Env, url: string = daemonUrl(options, env)): Client {
  return createClient({ url, token: tokenFor(options, env) });
}

/** A daemon that was named by its address may be anybody's: it gets no token of this machine's. */
export function tokenFor(options: Options, env: Env): string | undefined {
  return tokenOf(options, env) ?? (options["url"] === undefined ? localToken(homeOf(options, env)) : undefined);
}

function localToken(home: string): string | undefined {
  try {
    return /^authorization: Bearer (\S+)$/m.exec(readFileSync(localTokenPath(home), "utf8"))?.[1];
  } catch {
    return undefined; // Its daemon needs none.
  }
}
