import { createHash, timingSafeEqual } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Scope } from "../contract/operation.ts";
import { randomSecret } from "../lib/ids.ts";

/** A header line, as `curl --header @file` reads it: an argument could be read by everybody on the machine. */
export function localTokenPath(home: string): string {
  return join(home, "connect", "authorization");
}

interface LocalToken {
  find(token: string): { readonly token_id: string; readonly name: string; readonly scope: Scope } | undefined;
  remove(): void;
}

/**
 * Where everybody needs a token, the hooks and commands of the daemon's own machine find one here: made anew at each start, readable by the
 * owner of the home alone, gone when the daemon stops. Whoever can read it could make any token offline.
 */
export function openLocalToken({ home, isNeeded }: { readonly home: string; readonly isNeeded: boolean }): LocalToken {
  const path = localTokenPath(home);
  const remove = (): void => rmSync(path, { force: true });
  remove();
  if (!isNeeded) return { find: () => undefined, remove };
  const token = `orrt_${randomSecret()}`;
  const expected = sha256(token);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `authorization: Bearer ${token}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return {
    find: (given) =>
      timingSafeEqual(sha256(given), expected) ? { token_id: "tok_this_machine", name: "this machine", scope: "control" } : undefined,
    remove,
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
