import { isAbsolute, join } from "node:path";
import type { StoredEvent } from "../../contract/events/index.ts";
import { foreignId, MAIN_AGENT, type AgentId, type SessionId } from "../../contract/ids.ts";
import { hasEnded } from "../../projections/ended.ts";
import type { Session } from "../../projections/session.ts";
import type { Picture } from "../picture.ts";

export interface CollisionWarning {
  readonly type: "collision_warning";
  readonly file_path: string;
  readonly worktrees: readonly string[];
  readonly agents: readonly string[];
  readonly severity: (typeof severities)[number];
}

/** Lines of a file, both inclusive. */
type Range = readonly [from: number, to: number];

interface Edit {
  readonly session_id: SessionId;
  readonly agent_id: AgentId;
  readonly ranges: readonly Range[];
  readonly atMs: number;
}

const severities = ["different_area", "adjacent_line", "same_line"] as const;
const ADJACENT_LINES = 5;
/** Edits longer ago than this meet nobody: what is stored now and happened then is history. */
const RECENT_MS = 15 * 60_000;
const MAX_FILES = 1_000;
const MAX_EDITS = 20;

/**
 * Notices when two agents that are at work edit one file, from edits that tell their lines (Claude Code's hooks do). Each two agents are warned
 * about once for a file, and again only when they come closer.
 */
export function createCollisions({ session, clock }: Pick<Picture, "session" | "clock">) {
  const byFile = new Map<string, { edits: Edit[]; readonly warned: Map<string, number> }>();

  function isAtWork({ session_id, agent_id, atMs }: Edit): boolean {
    const of = session(session_id);
    const agent = of?.agents.get(agent_id);
    return of !== undefined && agent !== undefined && !hasEnded(agent, of) && clock.now() - atMs <= RECENT_MS;
  }

  function warning(path: string, one: Edit, other: Edit, closeness: number): CollisionWarning {
    const both = [other, one].map(({ session_id, agent_id }) => ({ of: session(session_id)!, agent_id }));
    const names = both.map(({ of, agent_id }) => nameOf(of, agent_id));
    const agents = names[0] === names[1] ? both.map(({ of }, index) => `${names[index]} (${foreignId(of.session_id).slice(0, 8)})`) : names;
    const worktrees = [...new Set(both.flatMap(({ of }) => of.facts.cwd ?? []))];
    return { type: "collision_warning", file_path: path, worktrees, agents, severity: severities[closeness]! };
  }

  return {
    /** The warnings that a commit gives cause for, each with the sessions that it concerns. */
    noted(events: readonly StoredEvent[]): { readonly sessions: readonly SessionId[]; readonly warning: CollisionWarning }[] {
      return events.flatMap((event) => {
        const told = editOf(event, event.session_id === undefined ? undefined : session(event.session_id));
        if (told === undefined || !isAtWork(told.edit)) return [];
        const { path, edit } = told;
        const file = byFile.get(path) ?? { edits: [], warned: new Map<string, number>() };
        byFile.delete(path);
        byFile.set(path, file);
        if (byFile.size > MAX_FILES) byFile.delete(byFile.keys().next().value!);
        const found = file.edits.filter((other) => whoOf(other) !== whoOf(edit) && isAtWork(other));
        file.edits = [...file.edits.slice(1 - MAX_EDITS), edit];
        return found.flatMap((other) => {
          const closeness = closenessOf(edit.ranges, other.ranges);
          const pair = [whoOf(edit), whoOf(other)].toSorted().join(" ");
          if (closeness <= (file.warned.get(pair) ?? -1)) return [];
          file.warned.set(pair, closeness);
          return [{ sessions: [edit.session_id, other.session_id], warning: warning(path, edit, other, closeness) }];
        });
      });
    },
  };
}

function editOf(event: StoredEvent, of: Session | undefined): { readonly path: string; readonly edit: Edit } | undefined {
  if (event.type !== "tool.ended" || event.data.outcome !== "ok" || of === undefined) return undefined;
  const { filePath, structuredPatch } = Object(event.data.output) as { filePath?: unknown; structuredPatch?: unknown };
  if (typeof filePath !== "string" || !Array.isArray(structuredPatch)) return undefined;
  const ranges = structuredPatch.flatMap((hunk: unknown): Range[] => {
    const { newStart, newLines } = Object(hunk) as { newStart?: unknown; newLines?: unknown };
    return typeof newStart === "number" && typeof newLines === "number" ? [[newStart, newStart + Math.max(newLines, 1) - 1]] : [];
  });
  const { agent_id = MAIN_AGENT, timestamp } = event;
  const path = isAbsolute(filePath) || of.facts.cwd === undefined ? filePath : join(of.facts.cwd, filePath);
  // Without hunks the whole file was written.
  const edit = {
    session_id: of.session_id,
    agent_id,
    ranges: ranges.length === 0 ? [[1, Infinity] as const] : ranges,
    atMs: Date.parse(timestamp),
  };
  return { path, edit };
}

/** How near the nearest lines are, as a place in `severities`. */
function closenessOf(some: readonly Range[], others: readonly Range[]): number {
  const gaps = some.flatMap(([from, to]) => others.map(([start, end]) => Math.max(start - to, from - end, 0)));
  const gap = Math.min(...gaps);
  return gap === 0 ? 2 : gap <= ADJACENT_LINES ? 1 : 0;
}

function whoOf({ session_id, agent_id }: Edit): string {
  return `${session_id}/${agent_id}`;
}

function nameOf({ agents, facts }: Session, agent_id: AgentId): string {
  const agent = agents.get(agent_id);
  return agent_id === MAIN_AGENT ? (facts.app ?? "main") : (agent?.agent_type ?? agent?.name ?? foreignId(agent_id));
}
