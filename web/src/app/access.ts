import { useSyncExternalStore } from "react";
import { Scope } from "../../../src/contract/operation.ts";
import { operations, type OperationName } from "../../../src/contract/operations/index.ts";

/** What the daemon says of whoever sends this page's requests. `scope` is absent for nobody. */
interface Access {
  readonly needed?: boolean;
  readonly scope?: Scope;
  /** The name of the token. */
  readonly name?: string;
}

const listeners = new Set<() => void>();
const needs = new Map(operations.map(({ name, scope }) => [name, scope]));
let known: Access = {};

/** Asks anew who the page is to the daemon; whoever uses the answer is told. */
export async function askAccess(): Promise<Access> {
  known = (await (await fetch("/api/access")).json()) as Access;
  for (const listener of listeners) listener();
  return known;
}

export function useAccess(): Access {
  return useSyncExternalStore(subscribe, () => known);
}

/** Why this page may not call an operation; undefined while it may, or while nobody has said otherwise. */
export function useWhyNot(operation: OperationName): string | undefined {
  const { scope, name } = useAccess();
  if (scope === undefined || allows(scope, operation)) return undefined;
  return `${name === undefined ? "Your token" : `Your token “${name}”`} may only ${may[scope]}. This needs one of scope ${needs.get(operation)}.`;
}

/** Whether the page may call it as far as it knows now. */
export function mayCall(operation: OperationName): boolean {
  return allows(known.scope, operation);
}

/** Tells which operations this page may call. */
export function useMay(): (operation: OperationName) => boolean {
  const { scope } = useAccess();
  return (operation) => allows(scope, operation);
}

const may: Readonly<Record<Scope, string>> = {
  ingest: "send events",
  read: "look on",
  control: "look on, answer and steer",
  admin: "do everything",
};

function allows(scope: Scope | undefined, operation: OperationName): boolean {
  return scope === undefined || Scope.options.indexOf(scope) >= Scope.options.indexOf(needs.get(operation)!);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
