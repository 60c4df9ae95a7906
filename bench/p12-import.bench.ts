// P12: how fast transcripts that were written before Orrery came are read, translated, stored and folded, against splitting and
// parsing their lines and doing nothing with them.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openLine, query } from "./lib/http-line.ts";
import { sized } from "./lib/options.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report, type Figure } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { tempFolder } from "./lib/temp.ts";
import { writeTranscripts } from "./lib/transcripts.ts";

const MB = 1_000_000;
const rounds = sized({ smoke: 1, quick: 2, normal: 3 });
const WITHIN_MS = 300_000;

interface Sources {
  readonly sources: readonly { readonly name: string; readonly state: string; readonly records: number; readonly events: number }[];
  readonly memory_bytes: number;
}

interface Folder {
  readonly folder: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

async function imported({ folder, bytes }: Folder): Promise<number> {
  const daemon = await startOrrery({ args: ["--transcripts", "on", "--claude-dirs", folder] });
  const line = await openLine(daemon.port);
  const from = performance.now() - 50;
  for (;;) {
    await line.send(query("/api/status"));
    const { sources, memory_bytes } = JSON.parse(line.body()) as Sources;
    const source = sources.find((one) => one.name.includes("transcripts"))!;
    if (source.state === "connected") {
      const seconds = (performance.now() - from) / 1_000;
      note(
        `   ${source.records} records, ${source.events} events, ${(source.events / seconds).toFixed(0)} events/s, ${(memory_bytes / 2 ** 20).toFixed(0)} MiB`,
      );
      line.close();
      await daemon.stop();
      return bytes / MB / seconds;
    }
    if (performance.now() - from > WITHIN_MS) throw new Error(`the import is still ${source.state}`);
    await sleep(100);
  }
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

async function compare(name: string, repeats: number): Promise<Figure> {
  const folder = tempFolder("claude");
  const made = { folder, ...writeTranscripts(folder, sized({ smoke: 5 * MB, quick: 40 * MB, normal: 200 * MB }), repeats) };
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

report("P12 import of transcripts", [await compare("long sessions", 25), await compare("short sessions", 1)]);
