import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { fields, str, tell, textOf, type Fields } from "../fields.ts";
import type { Profile } from "./profile.ts";
import { flush, newTalk, placeOf, turnOf, type Talk } from "./talk.ts";

/** What the readers of subagent updates share with their connection. */
interface Shared {
  readonly profile: Profile;
  readonly only: boolean;
  readonly talks: Map<string, Talk>;
}

const outcomes: ReadonlyMap<string, "completed" | "partial" | "interrupted" | "failed"> = new Map([
  ["end_turn", "completed"],
  ["max_tokens", "partial"],
  ["max_turn_requests", "partial"],
  ["cancelled", "interrupted"],
  ["refusal", "failed"],
]);

/** A subagent with a session of its own (the `subagents` capability): it appears in its parent's session, and rests there. */
export function subagentUpdate({ profile, only, talks }: Shared, parent: Talk, update: Fields, at: string): EventDraft[] {
  const id = str(update["sessionId"]);
  if (id === undefined || id === parent.id) return [];
  const known = talks.get(id);
  const child = known?.parent === undefined ? newTalk(id, parent) : known;
  talks.set(id, child);
  const state = fields(update["state"]);
  const place = placeOf(profile, child, at);
  const events: EventDraft[] = [];
  if (known?.parent === undefined || update["title"] !== undefined) {
    const data = {
      parent_agent_id: parent.agent,
      name: str(update["title"]),
      agent_type: str(update["description"]),
      edge: "reported" as const,
    };
    events.push(tell(place, "agent.spawned", `${id}:${at}`, data));
  }
  const isRunning = state === undefined || state["state"] === "running" || state["state"] === "requires_action";
  return isRunning ? events : [...events, ...endSubagent({ profile, only }, child, str(state["stopReason"]), at)];
}

function endSubagent(
  { profile, only }: { profile: Profile; only: boolean },
  child: Talk,
  stopReason: string | undefined,
  at: string,
): EventDraft[] {
  const place = placeOf(profile, child, at);
  const events = flush(profile, child);
  const key = `${child.id}:${child.spawnCall ?? ""}:${at}`;
  const outcome = outcomes.get(stopReason ?? "end_turn") ?? ("failed" as const);
  if (only) events.push(tell(place, "turn.ended", key, { turn_id: turnOf(child), stop_reason: stopReason ?? "end_turn" }));
  events.push(tell(place, "agent.ended", key, { outcome }));
  if (child.spawnCall === undefined || child.parent === undefined) return events;
  const ended = outcome === "interrupted" ? ("interrupted" as const) : outcome === "failed" ? ("error" as const) : ("ok" as const);
  const data = { call_id: toId("call", child.spawnCall), outcome: ended, client_status: ended === "ok" ? "completed" : "failed" };
  return [...events, tell(placeOf(profile, child.parent, at), "tool.ended", child.spawnCall, data)];
}

/**
 * Words between two agents. The first to a subagent is its task, and stands for the call that started it: its id is that call's. The
 * same message is told in both sessions; the sender's telling is read.
 */
export function subagentMessage({ profile, only, talks }: Shared, talk: Talk, update: Fields, at: string): EventDraft[] {
  const id = str(update["messageId"]);
  const sender = talks.get(str(update["senderSessionId"]) ?? "");
  const recipient = talks.get(str(update["recipientSessionId"]) ?? "");
  if (id === undefined || sender === undefined || recipient === undefined) return [];
  const text = textOf(update["content"]);
  if (sender.parent === recipient && id.endsWith(":reply") && talk === recipient) {
    const summary = str(text.replace(/^<tools-used-before-summary>.*<\/tools-used-before-summary>\s*/, ""));
    const place = placeOf(profile, sender, at);
    const events = [tell(place, "agent.ended", `${sender.id}:${id}`, { outcome: "completed", summary })];
    const call = id.slice(0, -":reply".length);
    if (call !== sender.spawnCall) return events;
    const data = { call_id: toId("call", call), outcome: "ok" as const, output: text };
    return [...events, tell(placeOf(profile, recipient, at), "tool.ended", id, data)];
  }
  if (recipient.parent !== sender || talk !== sender || recipient.spawnCall !== undefined) return [];
  recipient.spawnCall = id;
  if (only) recipient.turn = `${id}:task`;
  const call_id = toId("call", id);
  const place = placeOf(profile, sender, at);
  const name = profile.app === "claude-code" ? "Agent" : "agent";
  const events = [
    ...flush(profile, sender),
    tell(place, "tool.started", id, { call_id, name, kind: "agent", input: { prompt: text }, turn_id: turnOf(sender) }),
    tell(
      place,
      "agent.spawned",
      `${recipient.id}:${id}`,
      { parent_agent_id: sender.agent, call_id, task: text, edge: "reported" },
      recipient.agent,
    ),
  ];
  if (only)
    events.push(tell(place, "turn.started", `${id}:task`, { turn_id: turnOf(recipient)!, prompt: text, origin: "agent" }, recipient.agent));
  return events;
}
