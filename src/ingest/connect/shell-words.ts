/** A word that a shell takes as it is. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The words of a line in which `quoted` wrote each; undefined for any other line. */
export function unquoted(line: string): string[] | undefined {
  const word = /'((?:[^']|'\\'')*)'/g;
  const words = [...line.matchAll(word)].map(([, inner]) => inner!.replaceAll(`'\\''`, "'"));
  return words.length > 0 && words.map(quoted).join(" ") === line ? words : undefined;
}
