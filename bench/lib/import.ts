import { setTimeout as sleep } from "node:timers/promises";
import { openLine, query } from "./http-line.ts";
import { startOrrery } from "./processes.ts";

interface Status {
  readonly sources: readonly { readonly name: string; readonly state: string; readonly records: number; readonly events: number }[];
  readonly memory_bytes: number;
}

interface Imported {
  /** From the start of reading until everything was stored. */
  readonly seconds: number;
  readonly records: number;
  readonly events: number;
  readonly memoryBytes: number;
}

const WITHIN_MS = 3_600_000;
const LOOK_EVERY_MS = 50;

/** A fresh daemon reads all transcripts below `folder`, and ends; with `andCatalog` when the catalog is level with the log. */
export async function importAll(folder: string, home?: string, { andCatalog = false } = {}): Promise<Imported> {
  const daemon = await startOrrery({ ...(home === undefined ? {} : { home }), args: ["--transcripts", "on", "--claude-dirs", folder] });
  const from = performance.now();
  const line = await openLine(daemon.port);
  try {
    for (;;) {
      await line.send(query("/api/status"));
      const { sources, memory_bytes } = JSON.parse(line.body()) as Status;
      const source = sources.find((one) => one.name.includes("transcripts"))!;
      if (source.state === "connected") {
        const { records, events } = source;
        const imported = { seconds: (performance.now() - from) / 1_000, records, events, memoryBytes: memory_bytes };
        if (andCatalog) await untilLevel(line);
        return imported;
      }
      if (performance.now() - from > WITHIN_MS) throw new Error(`the import is still ${source.state}`);
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    line.close();
    await daemon.stop();
  }
}

async function untilLevel(line: Awaited<ReturnType<typeof openLine>>): Promise<void> {
  for (;;) {
    await line.send(query("/api/catalog"));
    const { lag } = JSON.parse(line.body()) as { readonly lag: number };
    if (lag === 0) return;
    await sleep(LOOK_EVERY_MS);
  }
}
