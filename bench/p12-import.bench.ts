// P12: how fast transcripts that were written before Orrery came are read, translated, stored and folded, against splitting and
// parsing their lines and doing nothing with them.
import { readFileSync } from "node:fs";
import { importAll } from "./lib/import.ts";
import { size, sized } from "./lib/options.ts";
import { figure, note, report, type Figure } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { tempFolder } from "./lib/temp.ts";
import { writeTranscripts } from "./lib/transcripts.ts";

const MB = 1_000_000;
const rounds = sized({ smoke: 1, quick: 2, normal: 3 });

interface Folder {
  readonly folder: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

async function imported({ folder, bytes }: Folder): Promise<number> {
  const { seconds, records, events, memoryBytes } = await importAll(folder);
  note(`   ${records} records, ${events} events, ${(events / seconds).toFixed(0)} events/s, ${(memoryBytes / 2 ** 20).toFixed(0)} MiB`);
  return bytes / MB / seconds;
}

function parsed({ files, bytes }: Folder): number {
  const from = performance.now();
  let lines = 0;
  for (const file of files) {
    for (const line of readFileSync(file, "utf8").split("\n")) {
      if (line === "") continue;
      JSON.parse(line);
      lines++;
    }
  }
  if (lines === 0) throw new Error("no lines");
  return bytes / MB / ((performance.now() - from) / 1_000);
}

async function compare(
  name: string,
  { megabytes, repeats, rounds }: { readonly megabytes: number; readonly repeats: number; readonly rounds: number },
): Promise<Figure> {
  const folder = tempFolder("claude");
  const made = { folder, ...writeTranscripts(folder, megabytes * MB, repeats) };
  const { files, bytes } = made;
  note(`   ${files.length} transcripts, ${(bytes / MB).toFixed(0)} MB`);
  const results = await interleave(["orrery", "bare"], rounds, async (who) => (who === "bare" ? parsed(made) : imported(made)));
  return figure({
    name: `${name}: ${files.length} files, ${(bytes / MB).toFixed(0)} MB`,
    unit: "MB/s",
    n: files.length * rounds,
    rounds: results.orrery,
    baseline: { name: "line-split + JSON.parse of the same files", rounds: results.bare },
    bar: "ratio >= 0.6",
    passes: (_, ratio) => ratio >= 0.6,
  });
}

const megabytes = sized({ smoke: 5, quick: 40, normal: 200 });
const figures = [
  await compare("long sessions", { megabytes, repeats: 25, rounds }),
  await compare("short sessions", { megabytes, repeats: 1, rounds }),
];
if (size === "full") {
  // About 1,000,000 and 5,000,000 events; the larger writes 15 GB.
  figures.push(await compare("long sessions", { megabytes: 3_000, repeats: 25, rounds: 1 }));
  figures.push(await compare("long sessions", { megabytes: 15_000, repeats: 25, rounds: 1 }));
}
report("P12 import of transcripts", figures);
