import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../contract/config.ts";
import { createGuard, type Guard } from "../ingest/index.ts";
import { makeHome } from "./home.ts";

/** The gate that every event passes on its way to the disk of `home`. */
export function captureGuard({ capture }: Pick<Config, "capture">, home: string): Guard {
  return createGuard(capture, capture === "full" ? "" : saltOf(home));
}

/** What digests of words that are not kept are made with. Made once per home: without it the digests of short texts could be guessed. */
export function saltOf(home: string): string {
  const path = join(home, "capture-salt");
  try {
    return readFileSync(path, "utf8");
  } catch {
    makeHome(home);
    const salt = randomBytes(32).toString("hex");
    writeFileSync(path, salt, { mode: 0o600 });
    return salt;
  }
}
