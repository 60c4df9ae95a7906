import type { Import } from "../contract/operations/imports.ts";
import type { OnceTold } from "../ingest/index.ts";

export type Progress = Pick<Import, "files" | "bytes" | "files_read" | "bytes_read">;

interface File {
  size: number;
  readonly from: number;
  reached: number;
}

/** How much of an import is read. `before` is what was known when the daemon ended in its midst; a new one knows nothing. */
export function createImportProgress(before: Progress): { readonly told: OnceTold; now(isDone: boolean): Progress } {
  const files = new Map<string, File>();
  const isResumed = before.bytes > 0;
  return {
    told: {
      found({ path, size }, from) {
        const known = files.get(path);
        if (known === undefined) files.set(path, { size, from, reached: from });
        else known.size = size;
      },
      reached(path, bytes) {
        const file = files.get(path);
        if (file !== undefined) file.reached = Math.max(file.reached, Math.min(file.size, bytes));
      },
    },
    now(isDone) {
      const sums = { bytes: 0, reached: 0, unread: 0 };
      let whole = 0;
      for (const { size, from, reached } of files.values()) {
        sums.bytes += size;
        sums.reached += reached - (isResumed ? from : 0);
        sums.unread += size - reached;
        if (reached >= size) whole++;
      }
      const bytes = Math.max(before.bytes, sums.bytes);
      const count = Math.max(before.files, files.size);
      // What was read before a restart is known a little late. At the end nothing but what is left says it exactly.
      return {
        files: count,
        bytes,
        files_read: isDone ? count - (files.size - whole) : Math.min(count, before.files_read + whole),
        bytes_read: isDone ? bytes - sums.unread : Math.min(bytes, before.bytes_read + sums.reached),
      };
    },
  };
}
