/** Lifts the data of an event written in an older shape to the next version (L9). Key: `type@version`, the version that it lifts from. */
export type Upcasters = Readonly<Record<string, (data: unknown) => unknown>>;

/** None yet: every type is at its first version. */
export const upcasters: Upcasters = {};

export function upcast(type: string, version: number, data: unknown, table: Upcasters): unknown {
  let lifted = data;
  for (let at = version; table[`${type}@${at}`] !== undefined; at++) lifted = table[`${type}@${at}`]!(lifted);
  return lifted;
}
