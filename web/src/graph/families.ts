/** Model families with a colour of their own; every other name takes one of the numbered hues, always the same one. */
const named = ["opus", "sonnet", "haiku"] as const;
const HUES = 8;

/** The name of the CSS custom property, without `--family-`. */
export type FamilyColour = (typeof named)[number] | "other" | `hue-${number}`;

/** The colour of a model: `claude-opus-5-5` is `opus`, `gpt-5.5` one of the numbered hues, an unknown model `other`. */
export function familyColour(model: string | undefined): FamilyColour {
  const family = familyOf(model);
  if (family === undefined) return "other";
  const own = named.find((name) => name === family);
  return own ?? `hue-${(hash(family) % HUES) + 1}`;
}

/** The word that all models of a family share. */
export function familyOf(model: string | undefined): string | undefined {
  return model
    ?.toLowerCase()
    .replace(/^.*\//, "")
    .split(/[^a-z]+/)
    .find((word) => word.length > 1 && word !== "claude" && word !== "anthropic" && word !== "unknown");
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
