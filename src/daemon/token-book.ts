import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { OrreryError } from "../contract/errors.ts";
import { Scope } from "../contract/operation.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { randomId, randomSecret } from "../lib/ids.ts";

const Entry = z.strictObject({
  token_id: z.string(),
  name: z.string(),
  scope: Scope,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: z.string(),
  created_by: z.string(),
  last_used_at: z.string().optional(),
  revoked_at: z.string().optional(),
  revoked_by: z.string().optional(),
});
export type TokenEntry = Readonly<z.infer<typeof Entry>>;

/** `<home>/tokens.json`: who may come in. It has hashes only. */
export interface TokenBook {
  /** Every token that there ever was, oldest first. */
  entries(): readonly TokenEntry[];
  /** The token is in the answer and nowhere else. */
  create(input: { readonly name: string; readonly scope: Scope }, by: string): { readonly entry: TokenEntry; readonly token: string };
  /** Of one that is revoked already: as it is. */
  revoke(tokenId: string, by: string): TokenEntry;
  /** The valid entry of a token. Notes that it was used. */
  find(token: string): TokenEntry | undefined;
}

/** So often, at most, a use is written down. */
const NOTE_USE_EVERY_MS = 60_000;

/** @throws OrreryError SETTINGS_UNREADABLE: with a broken file nobody could be told from anybody */
export function openTokenBook({ home, clock }: { readonly home: string; readonly clock: Clock }): TokenBook {
  const path = join(home, "tokens.json");
  let entries = readEntries(path);

  function change(entry: TokenEntry): TokenEntry {
    const others = entries.filter(({ token_id }) => token_id !== entry.token_id);
    const next =
      others.length === entries.length ? [...entries, entry] : entries.map((old) => (old.token_id === entry.token_id ? entry : old));
    // What cannot be written down is not so: a revocation must outlive a restart.
    writeFileSync(`${path}.new`, `${JSON.stringify({ tokens: next }, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    entries = next;
    return entry;
  }

  return {
    entries: () => entries,
    create({ name, scope }, by) {
      if (entries.some((entry) => entry.name === name && entry.revoked_at === undefined))
        throw new OrreryError("BAD_INPUT", {
          problems: [{ field: "name", message: "is the name of another token; revoke that one first" }],
        });
      const token = `orrt_${randomSecret()}`;
      const created_at = toTimestamp(clock.now());
      return {
        entry: change({ token_id: randomId("tok"), name, scope, sha256: sha256(token).toString("hex"), created_at, created_by: by }),
        token,
      };
    },
    revoke(tokenId, by) {
      const entry = entries.find(({ token_id }) => token_id === tokenId);
      if (entry === undefined) throw new OrreryError("NOT_FOUND", { what: "token", id: tokenId });
      if (entry.revoked_at !== undefined) return entry;
      return change({ ...entry, revoked_at: toTimestamp(clock.now()), revoked_by: by });
    },
    find(token) {
      const hash = sha256(token);
      let found: TokenEntry | undefined;
      // Each is compared, whichever fits: how long it takes says nothing.
      for (const entry of entries)
        if (timingSafeEqual(Buffer.from(entry.sha256, "hex"), hash) && entry.revoked_at === undefined) found = entry;
      if (found === undefined) return undefined;
      const now = clock.now();
      if (now - Date.parse(found.last_used_at ?? "1970-01-01T00:00:00Z") < NOTE_USE_EVERY_MS) return found;
      try {
        return change({ ...found, last_used_at: toTimestamp(now) });
      } catch {
        return found; // A full disk keeps nobody out.
      }
    },
  };
}

/** A token has 256 random bits, so that nothing slower than SHA-256 is needed to keep it from being guessed. */
function sha256(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function readEntries(path: string): readonly TokenEntry[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: (cause as Error).message }, { cause });
  }
  try {
    return z.strictObject({ tokens: z.array(Entry) }).parse(JSON.parse(text)).tokens;
  } catch (cause) {
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: "it is not what Orrery wrote" }, { cause });
  }
}
