import { OrreryError } from "../../contract/errors.ts";

/** The fields of a JSON object, in the body itself or under `payload`; none where there is no body. */
export function parseJsonBody(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new OrreryError("BAD_JSON", { reason: (cause as Error).message }, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badInput("body", "must be an object");
  const { payload, ...fields } = value as Record<string, unknown>;
  return { ...(typeof payload === "object" && payload !== null ? payload : {}), ...fields };
}

export function badInput(field: string, message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field, message }] });
}
