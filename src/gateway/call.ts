import type { Operation } from "../contract/operation.ts";
import { operations, type Caller, type Handlers, type OperationName } from "../contract/operations/index.ts";
import { parseInput } from "./input.ts";

type AnyHandler = (input: unknown, caller: Caller) => unknown;

const byName: ReadonlyMap<string, Operation> = new Map<OperationName, Operation>(
  operations.map((operation) => [operation.name, operation]),
);

export function operationNamed(name: string): Operation | undefined {
  return byName.get(name);
}

/** Runs an operation for a door: the same check and the same implementation behind each of them. */
export function callOperation(handlers: Handlers, operation: Operation, input: unknown, caller: Caller): unknown {
  const handle = handlers[operation.name as OperationName] as AnyHandler;
  return handle(parseInput(operation.input, input), caller);
}
