import { toId, type ProjectId } from "../../contract/ids.ts";
import { textHash } from "../../lib/text-hash.ts";

interface Project {
  readonly id: ProjectId;
  readonly name: string;
}

/**
 * The project of a session whose working folder is `cwd`. A session may `cd` away from where it began; the folder of its transcript is
 * named after the beginning, so where both are known and differ the project is not told. A worktree belongs to the project around it.
 */
export function projectOf(cwd: string | undefined, transcriptPath: string | undefined): Project | undefined {
  if (cwd === undefined) return undefined;
  const folder = transcriptPath === undefined ? undefined : /[/\\]projects[/\\]([^/\\]+)[/\\]/.exec(transcriptPath)?.[1];
  // Long names are cut and get a hash, so only their beginning can be compared.
  if (folder !== undefined && cwd.replace(/[^A-Za-z0-9]/g, "-").slice(0, 150) !== folder.slice(0, 150)) return undefined;
  const root = /^(.+?)[/\\]\.claude[/\\]worktrees[/\\]/.exec(cwd)?.[1] ?? cwd;
  const name = root.split(/[/\\]/).findLast((part) => part !== "") ?? root;
  return { name, id: toId("prj", `${name.slice(-100)}-${textHash(root).slice(-8)}`) };
}
