/** How large a run is: `--quick` to try something out, `--full` for the largest sizes, `--smoke` to see that it runs at all. */
type Size = "smoke" | "quick" | "normal" | "full";

const sizes: readonly Size[] = ["smoke", "quick", "normal", "full"];

export const size: Size =
  sizes.find((one) => process.argv.includes(`--${one}`)) ?? sizes.find((one) => process.env["ORRERY_BENCH"] === one) ?? "normal";

/** The value for the size of this run; a size that is not given takes the next larger one that is, or the normal one. */
export function sized<T>(values: { readonly smoke?: T; readonly quick?: T; readonly normal: T; readonly full?: T }): T {
  if (size === "smoke") return values.smoke ?? values.quick ?? values.normal;
  if (size === "quick") return values.quick ?? values.normal;
  return size === "full" ? (values.full ?? values.normal) : values.normal;
}
