import { whole } from "../ui/format.ts";
import type { SceneSession } from "./scene.ts";

const NAMELESS = "No project";

/** How the key of a project differs from an agent's, which has a space in it and begins with an id. */
const PREFIX = "project:";

export interface ProjectSums {
  readonly key: string;
  readonly name: string;
  readonly sessions: readonly string[];
  /** Agents alive, main ones too. */
  readonly agents: number;
  readonly working: number;
  readonly waiting: number;
  readonly stalled: number;
}

export function projectKey(project: string): string {
  return `${PREFIX}${project}`;
}

/** The project that a key names; undefined for an agent's. */
export function projectOfKey(key: string): string | undefined {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

/** What goes on in one project. @param project empty: sessions of no known one */
export function projectSums(project: string, sessions: readonly SceneSession[]): ProjectSums {
  const own = sessions.filter(({ view }) => (view.facts.project ?? "") === project);
  const agents = own.flatMap((session) => session.agents).filter(({ status }) => status !== "ended");
  return {
    key: projectKey(project),
    name: project === "" ? NAMELESS : project,
    sessions: own.map(({ view }) => view.session_id),
    agents: agents.length,
    working: agents.filter(({ status }) => status === "working").length,
    waiting: agents.filter(({ status }) => status === "waiting").length,
    stalled: agents.filter(({ status }) => status === "stalled").length,
  };
}

/** `3 sessions · 2 working · 1 waiting · $1.20 today`; what there is none of is left out. */
export function projectWords(sums: ProjectSums, spend?: string): string {
  return projectParts(sums, spend).join(" · ");
}

/** The same in lines: how many sessions, what their agents do, what it cost. */
export function projectParts({ sessions, agents, working, waiting, stalled }: ProjectSums, spend?: string): string[] {
  const doing = [
    working > 0 ? `${whole(working)} working` : undefined,
    waiting > 0 ? `${whole(waiting)} waiting` : undefined,
    stalled > 0 ? `${whole(stalled)} stalled` : undefined,
  ].filter((word) => word !== undefined);
  return [
    `${whole(sessions.length)} ${sessions.length === 1 ? "session" : "sessions"}`,
    doing.length > 0 ? doing.join(" · ") : agents === 0 ? "ended" : "idle",
    ...(spend === undefined ? [] : [spend]),
  ];
}

/** The sessions of each project together, the project first whose first session began first. */
export function byProject(sessions: readonly SceneSession[]): readonly (readonly [project: string, sessions: readonly SceneSession[]])[] {
  const groups = new Map<string, SceneSession[]>();
  for (const session of sessions) {
    const project = session.view.facts.project ?? "";
    const group = groups.get(project);
    if (group === undefined) groups.set(project, [session]);
    else group.push(session);
  }
  const began = new Map([...groups].map(([project, own]) => [project, own.map(({ view }) => view.facts.first_at ?? "").toSorted()[0]!]));
  return [...groups].toSorted(([a], [b]) => (began.get(a) === began.get(b) ? (a < b ? -1 : 1) : began.get(a)! < began.get(b)! ? -1 : 1));
}
