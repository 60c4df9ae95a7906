import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { systemClock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { recordedTranscripts } from "./source-fixtures.ts";
import { createTranscripts } from "../ingest/transcripts/transcripts.ts";
import { put, runSource, silent } from "./source-files.ts";

/** A session with agents of agents, and a file for each. */
export const recording = recordedTranscripts("subagents-nested");

/** A folder that is gone after the test. */
export function tempFolder(t: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-transcripts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the recording where Claude Code would; gives the folder of the project. */
export function putRecording(folder: string): string {
  const project = join(folder, "projects", "-home-dev-project");
  for (const [name, text] of recording.files) put(join(project, name), text);
  return project;
}

/** Starts following, as `runSource` does. */
export function follow(folder: string, log: EventLog, append: EventLog["append"] = log.append) {
  return runSource(createTranscripts({ append, notes: log.notes, clock: systemClock, logger: silent, folders: [folder], pollMs: 50 }));
}

/** What was asked in each stored turn. */
export function prompts(log: EventLog): string[] {
  return log
    .read({ types: ["turn.started"], limit: 1_000 })
    .map((event) => (event.type === "turn.started" ? String(event.data.prompt) : ""));
}

/** A line of a transcript in which a person says something. */
export function line(prompt: string, more: object = {}): string {
  return `${JSON.stringify({ type: "user", message: { role: "user", content: prompt }, uuid: `u-${prompt}`, promptId: `p-${prompt}`, timestamp: "2026-11-20T10:00:00.000Z", sessionId: "s1", cwd: "/p", version: "2.1.328", ...more })}\n`;
}

/** How many bytes of the file are read, as the log notes it. */
export function positionOf(log: EventLog, path: string): number {
  const note = log.notes.get(`transcript:${path}`);
  return note === undefined ? 0 : (JSON.parse(note) as { offset: number }).offset;
}
