import { Worker } from "node:worker_threads";

/** What takes how much of the disk. `kind` is a table of the log with its indexes, `free`, `journal`, or a file or folder of the home. */
export interface StorageRow {
  readonly kind: string;
  readonly where: "log" | "home";
  readonly bytes: number;
}

/** Measures a home, largest first, beside the log's thread: SQLite looks at every page of the file for it. */
export function measureStorage(home: string): Promise<readonly StorageRow[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly StorageRow[]>();
  const worker = new Worker(new URL("./storage-worker.ts", import.meta.url), { workerData: home });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", (code) => reject(new Error(`measuring ended with ${code}`)));
  return promise;
}
