import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { resolve } from "node:path";
import type { EventDraft } from "../contract/events/index.ts";
import type { Translation } from "../formats/translation.ts";
import type { ClientTruth, Expected } from "./truth-clients.ts";

/** How the recordings of one client are read, and what a choice of their sources can see. Folders are absolute, or below `test/fixtures`. */
export interface ClientReading<S extends string = string> {
  /** The sources that a recording has. */
  sourcesOf(folder: string): readonly S[];
  /** Reads some of them, each as on its own, in its own order. */
  read(folder: string, sources: readonly S[]): Translation[];
  /** What `unseen_by` allows to a choice of sources. */
  sees(folder: string, sources: readonly S[]): Expected;
  /** `truth.json`, with the names that only the recording itself tells. */
  truthOf?(folder: string, events: readonly EventDraft[]): ClientTruth;
}

const fixtures = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));

/** The names of a recording's files of one kind. */
export function filesOf(folder: string, pattern: RegExp): string[] {
  const path = resolve(fixtures, folder);
  return existsSync(path)
    ? readdirSync(path)
        .filter((file) => pattern.test(file))
        .toSorted()
    : [];
}
