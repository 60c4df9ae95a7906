import { OrreryError } from "../contract/errors.ts";
import { allows, type Operation } from "../contract/operation.ts";
import { operations, type Caller, type Handlers, type OperationName } from "../contract/operations/index.ts";
import { problemsOf } from "../contract/problems.ts";
import type { Audit } from "./audit.ts";
import { createUiHandlers, type FieldBook, type UiHandlers } from "../ui-state/index.ts";

const byName: ReadonlyMap<string, Operation> = new Map<OperationName, Operation>(
  operations.map((operation) => [operation.name, operation]),
);

/** The page by API, where a click may call any operation that whoever clicks may call. */
export function createUi({
  book,
  handlers,
  audit,
}: {
  readonly book: FieldBook;
  readonly handlers: () => Handlers;
  readonly audit: Audit;
}): UiHandlers {
  return createUiHandlers({
    book,
    async call(name, input, caller: Caller) {
      const operation = byName.get(name)!;
      const { scope, input: schema } = operation;
      if (caller.scope !== undefined && !allows(caller.scope, scope))
        throw new OrreryError("FORBIDDEN", { what: name, needed: scope, scope: caller.scope, name: caller.actor });
      const parsed = schema.safeParse(input);
      if (!parsed.success) throw new OrreryError("BAD_INPUT", { problems: problemsOf(parsed.error, "input") });
      const output = await (handlers()[name] as (input: unknown, caller: Caller) => unknown)(parsed.data, caller);
      if (operation.kind === "command" && operation.audit !== "own") await audit(operation, parsed.data, caller);
      return output;
    },
  });
}
