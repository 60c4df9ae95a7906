/** The value below which the share `p` of the samples lies, by nearest rank; NaN without samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Least and greatest of the rounds whose median is the value. */
export function spread(samples: readonly number[]): readonly [least: number, greatest: number] {
  return [round(Math.min(...samples)), round(Math.max(...samples))];
}

/** Three digits that mean something; the rest is noise. */
export function round(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(value >= 1_000 ? 4 : 3)) : value;
}
