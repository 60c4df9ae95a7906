/** Whether a dotted subject is wanted. */
export type SubjectFilter = (subject: string) => boolean;

/**
 * Compiles patterns over dotted subjects: exact (`tool.ended`), everything under a word (`tool.*`), everything (`*`).
 * Any match is enough; no pattern matches nothing.
 */
export function subjectFilter(patterns: readonly string[]): SubjectFilter {
  if (patterns.includes("*")) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith(".*")));
  const prefixes = patterns.filter((pattern) => pattern.endsWith(".*")).map((pattern) => pattern.slice(0, -1));
  return (subject) => exact.has(subject) || prefixes.some((prefix) => subject.startsWith(prefix));
}
