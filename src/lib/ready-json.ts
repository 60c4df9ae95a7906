const texts = new WeakMap<object, () => string>();

/** A value whose JSON is at hand in pieces: `jsonOf` takes it from there, so that nothing large is read only to be written again. */
export function withJson<T extends object>(value: T, json: () => string): T {
  texts.set(value, json);
  return value;
}

export function jsonOf(value: unknown): string {
  const ready = typeof value === "object" && value !== null ? texts.get(value) : undefined;
  return ready === undefined ? JSON.stringify(value) : ready();
}
