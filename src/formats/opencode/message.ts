import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { count, fields, str, tell, timeOfMs, type Fields, type Place } from "../fields.ts";
import { originOf, stopReason, type Owner } from "./part.ts";

/** What a message's own record says: who spoke, with which model, to which prompt. Its sums are those of its parts and are left to them. */
export function ownerOf(info: Fields): Owner | undefined {
  const role = info["role"];
  if (role !== "user" && role !== "assistant") return undefined;
  const model = str(info["modelID"]) ?? str(fields(info["model"])?.["modelID"]);
  const prompt = str(info["parentID"]);
  return { role, ...(model === undefined ? {} : { model }), ...(prompt === undefined ? {} : { prompt }) };
}

/** The beginning of a turn is a user's message, its end an answer that is complete and asks for no tool. */
export function translateMessage(info: Fields, owner: Owner, place: Place): EventDraft[] {
  const id = str(info["id"]);
  const time = fields(info["time"]);
  const created = timeOfMs(time?.["created"]);
  if (id === undefined) return [];
  if (owner.role === "user") {
    if (created === undefined) return [];
    return [tell({ ...place, at: created }, "turn.started", id, { turn_id: toId("trn", id), origin: originOf(place) })];
  }
  const error = fields(info["error"]);
  const completed = timeOfMs(time?.["completed"]);
  const finish = stopReason(str(info["finish"]));
  const turn_id = owner.prompt === undefined ? undefined : toId("trn", owner.prompt);
  const end = { ...place, at: completed ?? place.at };
  if (error !== undefined) return failed(id, error, turn_id, end);
  if (completed === undefined || turn_id === undefined || finish === undefined || finish === "tool_use") return [];
  const events = [tell(end, "turn.ended", id, { turn_id, stop_reason: finish })];
  if (info["summary"] === true) events.push(tell(end, "context.compacted", id, { phase: "ended" }));
  return events;
}

function failed(id: string, error: Fields, turn_id: ReturnType<typeof toId<"trn">> | undefined, place: Place): EventDraft[] {
  const name = str(error["name"]) ?? "error";
  if (name === "MessageAbortedError") return [tell(place, "turn.ended", id, { turn_id, stop_reason: "interrupted", interrupted: true })];
  return [
    tell(place, "turn.ended", id, { turn_id, stop_reason: "error" }),
    tell(place, "model.failed", id, { ...failure(error), turn_id }),
  ];
}

export function failure(error: Fields): { class: string; status: number | undefined; message: string | undefined } {
  const data = fields(error["data"]);
  return { class: str(error["name"]) ?? "error", status: count(data?.["statusCode"]), message: str(data?.["message"]) };
}
