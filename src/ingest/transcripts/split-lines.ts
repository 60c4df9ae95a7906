/** One line of a file: its bytes without the newline, and where it ends. A line too long to read has no bytes. */
export interface FileLine {
  readonly bytes: Buffer | undefined;
  /** Offset of the byte after the newline. */
  readonly end: number;
  readonly number: number;
}

export const MAX_LINE_BYTES = 32 * 1024 * 1024;

const NEWLINE = 10;

/** Cuts bytes into lines as they come. Keeps at most `maxLineBytes` of a line that has not ended. */
export function createLineSplitter(
  from: { readonly offset: number; readonly line: number; readonly isSkipping: boolean },
  maxLineBytes = MAX_LINE_BYTES,
) {
  let { offset, line, isSkipping } = from;
  let kept: Buffer[] = [];
  let keptBytes = 0;

  function forget(): void {
    kept = [];
    keptBytes = 0;
  }

  return {
    /** The lines that end in `chunk`. They are views of it, or of a copy: use them before it is reused. */
    push(chunk: Buffer): FileLine[] {
      const lines: FileLine[] = [];
      let start = 0;
      for (let newline = chunk.indexOf(NEWLINE); newline >= 0; newline = chunk.indexOf(NEWLINE, start)) {
        const piece = chunk.subarray(start, newline);
        const isTooLong = keptBytes + piece.length > maxLineBytes;
        line++;
        if (!isSkipping)
          lines.push({
            bytes: isTooLong ? undefined : keptBytes === 0 ? piece : Buffer.concat([...kept, piece]),
            end: offset + newline + 1,
            number: line,
          });
        isSkipping = false;
        forget();
        start = newline + 1;
      }
      if (!isSkipping && start < chunk.length) {
        const rest = chunk.subarray(start);
        keptBytes += rest.length;
        if (keptBytes > maxLineBytes) {
          lines.push({ bytes: undefined, end: offset + chunk.length, number: line + 1 });
          isSkipping = true;
          forget();
        } else {
          kept.push(Buffer.from(rest));
        }
      }
      offset += chunk.length;
      return lines;
    },
    /** Whether the bytes so far end inside a line that is too long. */
    isSkipping: () => isSkipping,
    line: () => line,
  };
}
