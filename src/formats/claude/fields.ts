/** A foreign JSON object: nothing about its fields is known until one of the readers below has looked. */
export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A text that says something: the empty one counts as absent. */
export function str(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number from 0 on. */
export function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function duration(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A time of the foreign record in our one form, or undefined when it is none. */
export function time(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (ourForm.test(value)) return value;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) return undefined;
  const text = new Date(ms).toISOString();
  return text.length === 24 ? text : undefined;
}

// A valid day of any month but 29 February. Asking Date for every line cost a quarter of the translation.
const ourForm =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** The words of a content value: a string, or the text blocks of an array. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const texts: string[] = [];
  for (const block of content) {
    const text = str(fields(block)?.["text"]);
    if (text !== undefined) texts.push(text);
  }
  return texts.join("\n");
}
