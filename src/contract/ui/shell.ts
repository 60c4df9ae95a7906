import { button, field, held, list, secret, tabs, uiScreens } from "./element.ts";

/** What is around every screen: the rail, the top bar, the palette, the list of keys, the login. */
export const shell = [
  tabs("ui.screen", "Screen", uiScreens),
  button("nav.live", "Live", { sets: { "ui.screen": "live" } }),
  button("nav.inbox", "Inbox", { sets: { "ui.screen": "inbox" } }),
  button("nav.session", "Sessions", { sets: { "ui.screen": "session", "session.id": "" } }),
  button("nav.traces", "Traces", { sets: { "ui.screen": "traces" } }),
  button("nav.money", "Money", { sets: { "ui.screen": "money" } }),
  button("nav.work", "Work", { sets: { "ui.screen": "work" } }),
  button("nav.system", "System", { sets: { "ui.screen": "system" } }),
  button("nav.search", "Search", { sets: { "ui.screen": "search" } }),
  button("nav.home", "Orrery", { sets: { "ui.screen": "live" } }),
  button("nav.more", "More screens", { sets: { "palette.open": "all" } }),
  button("btn_reset", "Reset", { calls: "ui.reset" }),

  list("ui.theme", "Theme", ["system", "dark", "light"]),
  button("theme.next", "Next theme", { turns: "ui.theme" }),

  held("palette.open", "Which palette is open", "none", ["none", "all", "places", "keys"]),
  button("palette.search", "Search or run a command", { sets: { "palette.open": "all" } }),
  button("palette.pick", "Choose a project or a session", { sets: { "palette.open": "places" } }),
  button("palette.close", "Close", { sets: { "palette.open": "none", "palette.query": "" } }),
  field("palette.query", "What the palette looks for"),
  list("palette.item", "What the palette offers"),

  held("alerts.open", "Whether alerts are shown", false),
  button("alerts.bell", "Alerts", { turns: "alerts.open" }),
  button("alerts.show_agent", "Show what an alert is about"),
  button("alerts.snooze", "Snooze an alert for an hour", { calls: "alerts.snooze", input: { alert_id: "$value", minutes: 60 } }),
  button("alerts.notify", "Tell of alerts on the desktop"),
  button("asks.badge", "What waits for you", { sets: { "ui.screen": "inbox" } }),
  button("money.today", "Spent today", { sets: { "ui.screen": "money" } }),
  button("ui.reconnect", "Connect now"),
  button("login.out", "Log out"),
  secret("login.token", "Token"),
  button("login.in", "Log in"),

  button("view.retry", "Try again"),
  button("view.copy", "Copy"),
  button("view.more", "Show all of it"),
  button("view.fold", "Fold or unfold"),
  button("view.link", "A link that somebody wrote"),
] as const;
