/** The language of a file by its ending. */
export function languageOf(path: string): string | undefined {
  const ending = /\.(\w{1,8})$/.exec(path)?.[1]?.toLowerCase();
  return ending === "mjs" || ending === "cjs" ? "js" : ending === "mts" || ending === "cts" ? "ts" : ending;
}
