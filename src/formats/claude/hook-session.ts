import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { draft, fingerprint, turnId, type Place } from "./draft.ts";
import { count, str, type Fields } from "./fields.ts";
import { mainTurn, problem, type Hook, type HookReader } from "./hook-body.ts";
import { projectOf } from "./project.ts";
import { finishedAgent, readPrompt, roleOf } from "./prompt.ts";
import { endOf } from "./subagent.ts";

export function sessionStart({ body, place }: Hook): Translation {
  const origin = origins.find((known) => known === body["source"]) ?? ("unknown" as const);
  const project = projectOf(str(body["cwd"]), str(body["transcript_path"]));
  const data = {
    app: "claude-code",
    origin,
    model: str(body["model"]),
    title: str(body["session_title"]),
    cwd: str(body["cwd"]),
    project: project?.name,
    transcript_path: str(body["transcript_path"]),
  };
  return { events: [{ ...draft(place, "session.started", fingerprint(place, body), data), project_id: project?.id }] };
}

export function userPromptSubmit({ body, place, promptId, foreignAgent }: Hook): Translation {
  const prompt = str(body["prompt"]);
  if (prompt === undefined || promptId === undefined) return problem("UserPromptSubmit without prompt or prompt_id");
  const cwd = str(body["cwd"]);
  const transcriptPath = str(body["transcript_path"]);
  const project = projectOf(cwd, transcriptPath);
  const facts = {
    app: "claude-code",
    cwd,
    project: project?.name,
    permission_mode: str(body["permission_mode"]),
    transcript_path: transcriptPath,
  };
  const key = foreignAgent === undefined ? promptId : `${promptId}:${foreignAgent}`;
  const events: EventDraft[] = [{ ...draft(place, "session.updated", key, facts), project_id: project?.id }];
  const read = readPrompt(prompt, body, foreignAgent !== undefined);
  if (read === undefined) return { events };
  const turn_id = turnId(promptId, foreignAgent);
  events.push(
    draft(place, "turn.started", key, { turn_id, prompt: read.text, origin: read.origin }),
    draft(place, "message.added", `prompt:${key}`, {
      message_id: toId("msg", `prompt:${key}`),
      role: roleOf(read.origin),
      parts: [{ kind: "text", text: read.text }],
      turn_id,
    }),
  );
  const finished = finishedAgent(prompt);
  if (finished !== undefined) events.push(endOf(place, finished, promptId));
  return { events };
}

export function userPromptExpansion({ body, place, promptId }: Hook): Translation | undefined {
  if (promptId === undefined || body["expansion_type"] !== "slash_command") return undefined;
  return {
    events: [
      draft(place, "turn.started", `${promptId}:expanded`, {
        turn_id: turnId(promptId, undefined),
        origin: "command",
        prompt: str(body["prompt"]),
      }),
    ],
  };
}

export function messageDisplay({ body, place, promptId, foreignAgent }: Hook): Translation {
  const id = str(body["message_id"]);
  if (id === undefined || typeof body["delta"] !== "string") return problem("MessageDisplay without message_id or delta");
  const index = count(body["index"]) ?? 0;
  const turn_id = mainTurn(promptId, foreignAgent);
  return {
    events: [
      draft(place, "message.added", `${id}:${index}`, {
        message_id: toId("msg", id),
        role: "assistant",
        parts: [{ kind: "text", text: body["delta"] }],
        index,
        turn_id,
      }),
    ],
  };
}

export function stop({ body, place, promptId, foreignAgent }: Hook): Translation {
  return { events: [draft(place, "turn.ended", turnKey(place, body, promptId), { turn_id: mainTurn(promptId, foreignAgent) })] };
}

export function stopFailure({ body, place, promptId, foreignAgent }: Hook): Translation {
  const error = str(body["error"]) ?? "unknown";
  const turn_id = mainTurn(promptId, foreignAgent);
  const key = turnKey(place, body, promptId);
  return {
    events: [
      draft(place, "turn.ended", key, { turn_id, stop_reason: "error" }),
      draft(place, "model.failed", key, {
        class: error,
        message: str(body["error_details"]) ?? str(body["last_assistant_message"]),
        turn_id,
      }),
    ],
  };
}

export function sessionEnd({ body, place }: Hook): Translation {
  return { events: [draft(place, "session.ended", fingerprint(place, body), { reason: str(body["reason"]) })] };
}

export function compact(phase: "started" | "ended"): HookReader {
  return ({ body, place }) => ({
    events: [
      draft(place, "context.compacted", fingerprint(place, body), {
        phase,
        trigger: str(body["trigger"]),
        summary: str(body["compact_summary"]),
      }),
    ],
  });
}

export function postModelSwitch({ body, place }: Hook): Translation | undefined {
  const model = str(body["to_model"]);
  return model === undefined ? undefined : { events: [draft(place, "session.updated", fingerprint(place, body), { model })] };
}

export function cwdChanged({ body, place }: Hook): Translation | undefined {
  const cwd = str(body["new_cwd"]);
  return cwd === undefined ? undefined : { events: [draft(place, "session.updated", fingerprint(place, body), { cwd })] };
}

export function instructionsLoaded({ body, place }: Hook): Translation {
  return {
    events: [
      draft(place, "context.injected", fingerprint(place, body), {
        what: "instructions",
        path: str(body["file_path"]),
        reason: str(body["load_reason"]),
      }),
    ],
  };
}

/** A turn may stop more than once: a stop hook can send the agent back to work. */
function turnKey(place: Place, body: Fields, promptId: string | undefined): string {
  return `${promptId ?? ""}:${fingerprint(place, body)}`;
}

const origins = ["startup", "resume", "clear", "compact", "fork"] as const;
