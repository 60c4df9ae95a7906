import { allows, type Operation } from "../../contract/operation.ts";
import { operations, type Caller, type OperationName } from "../../contract/operations/index.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Picture } from "../picture.ts";
import { badInput } from "./body.ts";

const names = operations.map(({ name }) => name);
const byName: ReadonlyMap<string, Operation> = new Map(operations.map((operation) => [operation.name, operation as Operation]));

/** What this caller can call back: every operation of its scope. */
export function callbackNames({ scope }: Caller): readonly string[] {
  return operations.filter((operation) => scope === undefined || allows(scope, operation.scope)).map(({ name }) => name);
}

/**
 * A callback is an operation by its name; `asks_list` is `asks.list` too. `args` is its input as one object, or its fields one after the other in
 * the order in which it declares them.
 * @throws OrreryError FORBIDDEN, BAD_INPUT and what the operation throws
 */
export async function callBack(call: Picture["call"], callback: unknown, args: unknown, caller: Caller): Promise<unknown> {
  if (typeof callback !== "string" || callback === "") throw badInput("callback", "must be the name of an operation");
  const operation = byName.get(callback) ?? byName.get(callback.replace("_", "."));
  if (operation === undefined) throw badInput("callback", unknownWords(callback));
  return call(operation.name as OperationName, inputIn(args, operation), caller);
}

function inputIn(args: unknown, { input }: Operation): unknown {
  if (args === undefined || args === null) return {};
  if (!Array.isArray(args)) return args;
  const [first] = args as readonly unknown[];
  if (args.length === 1 && typeof first === "object" && first !== null && !Array.isArray(first)) return first;
  const fields = Object.keys(input.shape);
  if (args.length > fields.length)
    throw badInput("args", `are ${args.length}, and there are ${fields.length} fields: ${fields.join(", ")}`);
  return Object.fromEntries(args.map((value: unknown, at) => [fields[at]!, value]));
}

function unknownWords(callback: string): string {
  const near = nearest(callback, names);
  const hint = near.length === 0 ? "GET /api/gui lists them" : `did you mean ${near.join(" or ")}?`;
  return `${callback.slice(0, 100)} is no operation; ${hint}`;
}
