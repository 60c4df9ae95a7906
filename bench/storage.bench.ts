// How many bytes the store takes for what transcripts say, against the transcripts themselves; and where the bytes are.
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { importAll } from "./lib/import.ts";
import { sized } from "./lib/options.ts";
import { figure, note, report, type Figure } from "./lib/report.ts";
import { tempFolder } from "./lib/temp.ts";
import { writeTranscripts } from "./lib/transcripts.ts";

const MB = 1_000_000;

/** A database with what is not yet written into it. */
function bytesOf(path: string): number {
  return statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
}

function notePartsOf(path: string, bytes: number): void {
  const db = new DatabaseSync(path, { readOnly: true });
  const parts = db.prepare("SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC LIMIT 12").all();
  for (const part of parts as { name: string; bytes: number }[])
    note(`      ${part.name} ${((part.bytes / bytes) * 100).toFixed(1)} % of the transcripts`);
  db.close();
}

async function stored(name: string, repeats: number): Promise<Figure> {
  const folder = tempFolder("claude");
  const { files, bytes } = writeTranscripts(folder, sized({ smoke: 5 * MB, quick: 20 * MB, normal: 100 * MB }), repeats);
  const home = tempFolder("home");
  const { events } = await importAll(folder, home, { andCatalog: true });
  const [log, catalog] = [join(home, "orrery.db"), join(home, "catalog.db")];
  const [ofLog, ofCatalog] = [bytesOf(log), bytesOf(catalog)];
  const size = ofLog + ofCatalog;
  note(`   ${name}: ${files.length} files, ${(bytes / MB).toFixed(0)} MB, ${events} events`);
  for (const [part, path, own] of [["log", log, ofLog] as const, ["catalog", catalog, ofCatalog] as const]) {
    note(`   ${part}: ${(own / events).toFixed(0)} bytes per event, ${((own / bytes) * 100).toFixed(1)} % of the transcripts`);
    notePartsOf(path, bytes);
  }
  return figure({
    name: `${name}: bytes of log and catalog`,
    unit: "bytes",
    n: events,
    rounds: [size],
    baseline: { name: "bytes of the transcripts", rounds: [bytes] },
    bar: "ratio <= 0.25",
    passes: (_, ratio) => ratio <= 0.25,
  });
}

report("Storage against transcripts", [await stored("long sessions", 25), await stored("short sessions", 1)]);
