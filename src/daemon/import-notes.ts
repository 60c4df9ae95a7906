import { z } from "zod";
import { Import } from "../contract/operations/imports.ts";
import type { Notes } from "../log/log.ts";

/** An import as it was last known, with the sessions that it read last. */
const Kept = z.object({ shown: Import, latest: z.array(z.string()) });
export type KeptImport = z.infer<typeof Kept>;

const PREFIX = "import:";
/** How many imports are remembered. */
const KEPT = 100;

/** Imports in the log's notes, oldest first. */
export function createImportNotes(notes: Notes) {
  const kept = new Map<string, KeptImport>();
  const numberOf = ({ shown }: KeptImport): number => Number(shown.import_id.replace(/^imp_/, "")) || 0;
  const read = notes.list(PREFIX).flatMap(([, value]) => parse(value) ?? []);
  for (const each of read.toSorted((a, b) => numberOf(a) - numberOf(b))) kept.set(each.shown.import_id, each);

  return {
    all: (): readonly KeptImport[] => [...kept.values()],
    nextId: (): string => `imp_${Math.max(0, ...[...kept.values()].map(numberOf)) + 1}`,
    save(each: KeptImport): void {
      kept.set(each.shown.import_id, each);
      notes.set(PREFIX + each.shown.import_id, JSON.stringify(each));
    },
    /** Lets go of the oldest that are over. */
    forgetOld(forgotten: (id: string) => void): void {
      for (const [id, { shown }] of kept) {
        if (kept.size <= KEPT) return;
        if (shown.state === "reading") continue;
        kept.delete(id);
        notes.delete(PREFIX + id);
        forgotten(id);
      }
    },
  };
}

/** A damaged note counts as none. */
function parse(note: string): KeptImport | undefined {
  try {
    return Kept.safeParse(JSON.parse(note)).data;
  } catch {
    return undefined;
  }
}
