import type { InputFor } from "../contract/operations/index.ts";

type Filter = Omit<InputFor<"calls.list">, "order" | "limit" | "cursor">;

/** What the daemon asks the catalog's thread. */
export type Question =
  | {
      readonly what: "calls";
      readonly filter: Filter;
      readonly page: {
        readonly order: "newest" | "oldest" | "longest";
        readonly limit: number;
        readonly after: readonly (string | number)[] | undefined;
      };
    }
  | {
      readonly what: "aggregate";
      readonly filter: Filter;
      readonly groupBy: InputFor<"calls.aggregate">["group_by"];
      readonly limit: number;
    }
  | {
      readonly what: "requests";
      readonly filter: Omit<InputFor<"requests.list">, "order" | "limit" | "cursor">;
      readonly page: {
        readonly order: InputFor<"requests.list">["order"];
        readonly limit: number;
        readonly after: readonly (string | number)[] | undefined;
      };
    }
  | { readonly what: "matching"; readonly sessionId: string; readonly text: string }
  | { readonly what: "search"; readonly input: InputFor<"search.query">; readonly offset: number }
  | { readonly what: "level" }
  | { readonly what: "status" }
  | { readonly what: "rebuild" };
export type Asked = Question & { readonly no: number };
export type Answer = { readonly no: number; readonly value: unknown } | { readonly no: number; readonly error: string };
export interface Level {
  readonly indexed_to: number;
  readonly lag: number;
}
/** With how long it has been behind. */
export interface Following extends Level {
  readonly behind_ms: number;
}
