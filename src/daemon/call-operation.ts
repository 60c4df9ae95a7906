import { OrreryError } from "../contract/errors.ts";
import { allows, type Operation } from "../contract/operation.ts";
import { operations, type Caller, type Handlers, type OperationName } from "../contract/operations/index.ts";
import { problemsOf } from "../contract/problems.ts";
import type { Audit } from "./audit.ts";

const byName: ReadonlyMap<string, Operation> = new Map<OperationName, Operation>(
  operations.map((operation) => [operation.name, operation]),
);

/** Runs an operation by its name, as a door does: with the caller's scope, the checks of its input, and a word to the log. */
export type CallOperation = (name: OperationName, input: unknown, caller: Caller) => Promise<unknown>;

/** @throws OrreryError FORBIDDEN, BAD_INPUT and what the operation throws */
export function createCallOperation({ handlers, audit }: { readonly handlers: () => Handlers; readonly audit: Audit }): CallOperation {
  return async (name, input, caller) => {
    const operation = byName.get(name)!;
    const { scope, input: schema } = operation;
    if (caller.scope !== undefined && !allows(caller.scope, scope))
      throw new OrreryError("FORBIDDEN", { what: name, needed: scope, scope: caller.scope, name: caller.actor });
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw new OrreryError("BAD_INPUT", { problems: problemsOf(parsed.error, "input") });
    const output = await (handlers()[name] as (input: unknown, caller: Caller) => unknown)(parsed.data, caller);
    if (operation.kind === "command" && operation.scope !== "ingest" && operation.audit !== "own")
      await audit(operation, parsed.data, caller);
    return output;
  };
}
