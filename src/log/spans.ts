/**
 * Which stretches of the log may hold a moment: the least and greatest event time of every thousand events. Events come nearly in
 * order of their time, so a window of time touches few stretches; no index by time is needed, which would cost each insert 15 %.
 */
export interface Spans {
  add(seq: number, ts: number): void;
  /** Ranges of `seq` (inclusive) outside which no event lies in the window. */
  within(sinceMs: number, untilMs: number): readonly { readonly from: number; readonly to: number }[];
  /** Full stretches that are not yet stored; `saved` says that those are now. */
  unsaved(): readonly Span[];
  saved(): void;
}

export interface Span {
  readonly firstSeq: number;
  readonly minTs: number;
  readonly maxTs: number;
}

export const SPAN_EVENTS = 1_000;

export function createSpans(saved: Iterable<Span>): Spans {
  const spans: { firstSeq: number; minTs: number; maxTs: number }[] = [...saved].map((span) => ({ ...span }));
  // The last stretch may be unfinished: it is stored again when it is full.
  let savedCount = Math.max(0, spans.length - 1);
  let handedOut = savedCount;
  return {
    add(seq, ts) {
      const firstSeq = Math.floor((seq - 1) / SPAN_EVENTS) * SPAN_EVENTS + 1;
      const last = spans.at(-1);
      if (last?.firstSeq !== firstSeq) return void spans.push({ firstSeq, minTs: ts, maxTs: ts });
      last.minTs = Math.min(last.minTs, ts);
      last.maxTs = Math.max(last.maxTs, ts);
    },
    within(sinceMs, untilMs) {
      const ranges: { from: number; to: number }[] = [];
      for (const { firstSeq, minTs, maxTs } of spans) {
        if (maxTs < sinceMs || minTs > untilMs) continue;
        const last = ranges.at(-1);
        if (last !== undefined && last.to === firstSeq - 1) last.to = firstSeq + SPAN_EVENTS - 1;
        else ranges.push({ from: firstSeq, to: firstSeq + SPAN_EVENTS - 1 });
      }
      return ranges;
    },
    unsaved() {
      handedOut = Math.max(savedCount, spans.length - 1);
      return spans.slice(savedCount, handedOut);
    },
    saved() {
      savedCount = handedOut;
    },
  };
}
