import { MAIN_AGENT } from "../contract/ids.ts";
import type { AlertRow } from "../contract/operations/alerts.ts";
import type { Notice } from "../contract/operations/push.ts";
import { cut, LONGEST_BODY } from "./ask-notice.ts";

type Raised = Pick<AlertRow, "alert_id" | "kind" | "why" | "advice" | "session_id" | "agent_id">;

/** An alert as a notification: why and what to do, and where on the page its subject is. */
export function noticeOfAlert({ alert_id, kind, why, advice, session_id, agent_id }: Raised): Notice {
  return {
    id: alert_id,
    title: `Alert: ${kind.replaceAll("_", " ")}`,
    body: cut(`${why} ${advice}`, LONGEST_BODY),
    path: session_id === undefined ? screens[kind] : `/?agent=${encodeURIComponent(`${session_id} ${agent_id ?? MAIN_AGENT}`)}`,
    actions: [],
  };
}

/** Where an alert that is about no session is looked at. */
const screens: Readonly<Record<AlertRow["kind"], string>> = {
  stuck: "/",
  loop: "/",
  orphan: "/",
  error_burst: "/",
  spend_rate: "/money",
  quota_near: "/money",
  source_silent: "/system",
  event: "/system",
};
