import type { HttpLine } from "./http-line.ts";

interface Load {
  readonly seconds: number;
  /** Milliseconds of each request, from the moment it was due. */
  readonly latencies: readonly number[];
  /** Answers other than 200. */
  readonly refused: number;
}

/** Each line sends its own queue, in order, as fast as the server takes it. */
export async function closedLoop(lines: readonly HttpLine[], queues: readonly (readonly Buffer[])[]): Promise<Load> {
  const latencies: number[] = [];
  let refused = 0;
  const began = performance.now();
  await Promise.all(
    lines.map(async (line, index) => {
      for (const bytes of queues[index] ?? []) {
        const from = performance.now();
        if ((await line.send(bytes)) !== 200) refused++;
        latencies.push(performance.now() - from);
      }
    }),
  );
  return { seconds: (performance.now() - began) / 1_000, latencies, refused };
}

/**
 * Requests at a steady rate, whatever the server does: one that finds its line busy waits there, and its wait counts.
 * `make` is called when a request is due and gives its bytes.
 */
export async function openLoop(
  lines: readonly HttpLine[],
  options: { readonly perSecond: number; readonly seconds: number; readonly make: (index: number) => Buffer },
): Promise<Load> {
  const { perSecond, seconds, make } = options;
  const total = Math.floor(perSecond * seconds);
  const latencies: number[] = [];
  const sent: Promise<void>[] = [];
  let refused = 0;

  async function one(line: HttpLine, bytes: Buffer): Promise<void> {
    const from = performance.now();
    if ((await line.send(bytes)) !== 200) refused++;
    latencies.push(performance.now() - from);
  }

  const began = performance.now();
  for (let index = 0; index < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1_000) * perSecond) + 1);
    for (; index < due; index++) {
      sent.push(one(lines[index % lines.length]!, make(index)));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
  return { seconds: (performance.now() - began) / 1_000, latencies, refused };
}
