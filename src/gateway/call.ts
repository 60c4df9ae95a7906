import type { Operation } from "../contract/operation.ts";
import { operations, type Caller, type Handlers, type OperationName } from "../contract/operations/index.ts";
import type { Access, Visitor } from "./access.ts";
import { parseInput } from "./input.ts";

type AnyHandler = (input: unknown, caller: Caller) => unknown;

const byName: ReadonlyMap<string, Operation> = new Map<OperationName, Operation>(
  operations.map((operation) => [operation.name, operation]),
);

export function operationNamed(name: string): Operation | undefined {
  return byName.get(name);
}

export interface CallDeps {
  readonly handlers: Handlers;
  readonly access: Access;
  /** Told of each command that was done, but of those whose events say it themselves. */
  audit(operation: Operation, input: object, caller: Caller): Promise<void>;
}

/**
 * Runs an operation for a door: the same checks and the same implementation behind each of them.
 * @throws OrreryError UNAUTHENTICATED, FORBIDDEN, BAD_INPUT and what the operation throws
 */
export function callOperation(
  { handlers, access, audit }: CallDeps,
  operation: Operation,
  input: unknown,
  visitor: Visitor,
  caller: Caller,
): unknown {
  access.check(visitor, operation.scope, operation.name);
  const handle = handlers[operation.name as OperationName] as AnyHandler;
  const parsed = parseInput(operation.input, input);
  const output = handle(parsed, caller);
  if (operation.kind === "query" || operation.scope === "ingest" || operation.audit === "own") return output;
  return Promise.resolve(output).then(async (done) => {
    await audit(operation, parsed, caller);
    return done;
  });
}
