import { button, field, held, list, tabs } from "./element.ts";
import { callsOfTool } from "./look-screens.ts";

/** The graph, its list twin, the overview and the inspector; and the time strip, which is under every screen. */
export const live = [
  list("live.project", "Project that every screen is narrowed to"),
  list("live.session", "Session that the picture is narrowed to"),
  list("live.agent", "Selected agent, as <session_id> <agent_id>"),
  list("live.group", "Selected project of the picture"),
  tabs("live.view", "Picture", ["graph", "list"]),
  field("live.trail", "Keep agents that ended", false),
  button("live.toggle_view", "Graph or list", { turns: "live.view" }),
  button("live.toggle_trail", "Trail", { turns: "live.trail" }),
  button("live.zoom_in", "Zoom in"),
  button("live.zoom_out", "Zoom out"),
  button("live.fit", "Show everything"),
  button("live.graph", "The picture"),
  button("live.all", "Show all sessions and projects", { sets: { "live.session": "", "live.project": "" } }),
  button("live.show_project", "Zoom to a project"),
  button("live.close", "Close the inspector", { sets: { "live.agent": "" } }),
  button("live.open_session", "Open a session", { sets: { "ui.screen": "session", "session.id": "$value" } }),
  button("live.open_call", "Open a call of the selected agent in its session", {
    sets: { "ui.screen": "session", "session.id": "$live.agent#0", "session.call": "$value" },
  }),
  button("live.tool", "Calls of one tool", { sets: callsOfTool }),
  button("live.follow", "Follow through time", { sets: { "time.follow": "$live.agent" } }),
] as const;

export const time = [
  field("time.at", "The past moment on screen, RFC 3339; empty is the present"),
  held("time.seq", "The last event that counts of that very millisecond; 0 is all of them", 0),
  list("time.follow", "Whom the strip follows, as <session_id> or <session_id> <agent_id>"),
  field("time.kin", "Whether the agents that it started are followed too", false),
  field("time.playing", "Whether the moment moves by itself", false),
  list("time.speed", "Playing speed", ["1", "2", "4", "8", "16", "32", "64", "0.5"]),
  held("time.marks_open", "Whether the marks are listed", false),
  list("time.mark", "Mark of this stretch"),
  button("time.play", "Play or pause", { turns: "time.playing" }),
  button("time.faster", "Next speed", { turns: "time.speed" }),
  button("time.live", "Return to the present", { sets: { "time.at": "", "time.seq": 0, "time.playing": false } }),
  step("time.previous", "Previous event", "previous", "event"),
  step("time.next", "Next event", "next", "event"),
  step("time.previous_mark", "Previous mark", "previous", "mark"),
  step("time.next_mark", "Next mark", "next", "mark"),
  step("time.previous_error", "Previous failure", "previous", "error"),
  step("time.next_error", "Next failure", "next", "error"),
  step("time.previous_ask", "Previous ask", "previous", "ask"),
  step("time.next_ask", "Next ask", "next", "ask"),
  step("time.previous_spawn", "Previous new agent", "previous", "spawn"),
  step("time.next_spawn", "Next new agent", "next", "spawn"),
  button("time.marks", "Marks of this stretch", { turns: "time.marks_open" }),
  button("time.follow_kin", "Follow its agents too", { turns: "time.kin" }),
  button("time.unfollow", "Follow nobody", { sets: { "time.follow": "", "time.kin": false } }),
] as const;

function step<const Id extends string>(id: Id, label: string, direction: "previous" | "next", kind: string) {
  return button(id, label, {
    calls: "moments.step",
    input: { at: "$time.at", up_to: "$time.seq", direction, kind },
    takes: { "time.at": "moment.at", "time.seq": "moment.seq" },
  });
}
