import { useMemo } from "react";
import { useApp, useSelected } from "./app-context.ts";
import { useAnswer } from "./use-answer.ts";
import { shownOf, type Snapshot } from "./store.ts";

const LISTED = 100;
const stateOf = (snapshot: Snapshot) => shownOf(snapshot).state;

export interface ProjectChoice {
  readonly name: string;
  /** Sessions of it that the page has at hand; older ones are only known to the log. */
  readonly sessions: number;
  readonly lastAt: string;
}

/** The projects that can be chosen: those at hand, the most recently active first, then those of earlier calls. */
export function useProjects(): readonly ProjectChoice[] {
  const { isRecording } = useApp();
  const { sessions } = useSelected(stateOf);
  const called = useAnswer("calls.aggregate", { group_by: "project", limit: LISTED }, { isIdle: isRecording === true }).value?.items;
  return useMemo(() => {
    const found = new Map<string, ProjectChoice>();
    for (const { facts } of sessions.values()) {
      if (facts.project === undefined) continue;
      const { sessions: count, lastAt } = found.get(facts.project) ?? { sessions: 0, lastAt: "" };
      const last = facts.last_at ?? "";
      found.set(facts.project, { name: facts.project, sessions: count + 1, lastAt: last > lastAt ? last : lastAt });
    }
    for (const { key } of called ?? []) if (key !== "" && !found.has(key)) found.set(key, { name: key, sessions: 0, lastAt: "" });
    return [...found.values()].toSorted((a, b) => (a.lastAt === b.lastAt ? (a.name < b.name ? -1 : 1) : a.lastAt < b.lastAt ? 1 : -1));
  }, [sessions, called]);
}
