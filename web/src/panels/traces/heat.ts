/** How long something took, in five steps of ten: 0 is below a tenth of a second, 4 a hundred seconds and more. */
export function heatOf(ms: number | undefined): number {
  if (ms === undefined) return 0;
  return Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, ms)) - 1)));
}
