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
}

/**
 * Runs an operation for a door: the same checks and the same implementation behind each of them.
 * @throws OrreryError UNAUTHENTICATED, FORBIDDEN, BAD_INPUT and what the operation throws
 */
export function callOperation(
  { handlers, access }: CallDeps,
  operation: Operation,
  input: unknown,
  visitor: Visitor,
  caller: Caller,
): unknown {
  access.check(visitor, operation.scope, operation.name);
  const handle = handlers[operation.name as OperationName] as AnyHandler;
  return handle(parseInput(operation.input, input), caller);
}
