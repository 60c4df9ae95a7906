import type { EventDraft } from "../contract/events/index.ts";

/**
 * What one foreign record says in our words. Translation is pure: the same record gives the same events, and records may come
 * in any order and more than once. A record that says nothing to us becomes `source.kept`; one that cannot be read gives `problem`.
 */
export interface Translation {
  readonly events: readonly EventDraft[];
  readonly problem?: string;
}
