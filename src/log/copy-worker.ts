import { DatabaseSync } from "node:sqlite";
import { workerData } from "node:worker_threads";

/** Copies a database as it is at this moment, whatever is written meanwhile, and packs it. In a worker, because it takes as long as the file is large. */
const { from, to } = workerData as { readonly from: string; readonly to: string };
const db = new DatabaseSync(from, { readOnly: true });
db.prepare("VACUUM INTO ?").run(to);
db.close();
