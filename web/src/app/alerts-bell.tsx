import { Popover } from "@base-ui/react/popover";
import { Link } from "@tanstack/react-router";
import { Bell, BellRing } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import type { AlertRow } from "../../../src/contract/operations/alerts.ts";
import { clip, formatAge } from "../ui/format.ts";
import { safeText } from "../ui/safe-text.ts";
import { noticeOfAlert } from "../../../src/projections/alert-notice.ts";
import { Allowed } from "./allowed.tsx";
import { useApp, useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";
import { useAlertNotices } from "./use-alert-notices.ts";
import { usePast } from "./use-past.ts";
import { useAnswer } from "./use-answer.ts";
import { useSessionTitles } from "./use-session-titles.ts";
import "../ui/alert-list.css";
import { control } from "../mirror/control.ts";
import { useHeld } from "../mirror/held.ts";

const EVERY_MS = 15_000;
const SNOOZE_MINUTES = 60;
/** Events about alerts that are looked through for a past moment. */
const TOLD = 200;
const select = ({ past }: Snapshot): boolean => past !== undefined;

/** What is wrong at the moment on screen: how many, and on demand each with why and what to do. */
export function AlertsBell() {
  const { client, store } = useApp();
  const isPast = useSelected(select);
  const [isShown, setShown] = useHeld("alerts.open", false);
  const [raised, setRaised] = useState(0);
  const { value, retry } = useAnswer("alerts.list", {}, { everyMs: EVERY_MS, isIdle: isPast, version: raised });
  const past = usePast();
  const told = useAnswer(
    "events.list",
    { types: ["alert.*"], order: "newest", limit: TOLD, until: past ?? "" },
    { isIdle: past === undefined },
  );
  const nowMs = useSelected((snapshot: Snapshot) => snapshot.past?.atMs ?? Math.floor(snapshot.clockMs / 1_000) * 1_000);
  useAlertNotices();
  const announced = useRef<HTMLOutputElement>(null);

  // An alert that is raised or over is an event like any other: it is shown at once.
  useEffect(
    () =>
      store.onBatch((_, __, events) => {
        const news = events.filter(({ type }) => type.startsWith("alert."));
        if (news.length === 0) return;
        setRaised(news.at(-1)!.seq);
        const last = news.findLast(({ type }) => type === "alert.raised");
        if (last === undefined) return;
        const { why } = last.data as unknown as { why: string };
        if (announced.current !== null) announced.current.textContent = why;
      }),
    [store],
  );

  const rows = isPast ? openThen((told.value?.items ?? []) as unknown as readonly StoredEvent[]) : (value?.items ?? []);
  const open = rows.filter(({ snoozed_until }) => snoozed_until === undefined || Date.parse(snoozed_until) <= nowMs);
  const snoozed = rows.length - open.length;
  const Icon = open.length > 0 ? BellRing : Bell;
  return (
    <>
      <output ref={announced} className="unseen" />
      <Popover.Root open={isShown} onOpenChange={setShown}>
        <Popover.Trigger
          {...control("alerts.bell")}
          className="alerts-bell"
          data-open={open.length > 0 || undefined}
          data-testid="alerts-bell"
          title={
            open.length === 0 ? (isPast ? "Nothing was wrong then" : "Nothing is wrong") : `${open.length} to look at: ${open[0]!.why}`
          }
          aria-label={open.length === 0 ? "Alerts: none" : `Alerts: ${open.length}`}
        >
          <Icon size={15} aria-hidden />
          {open.length > 0 && <span className="num">{open.length}</span>}
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Positioner side="bottom" align="end" sideOffset={6} style={{ zIndex: 15 }}>
            <Popover.Popup className="alerts" aria-label="Alerts">
              <h2 className="heading">Alerts</h2>
              {open.length === 0 && (
                <p className="alerts__none">
                  {isPast
                    ? "Nothing was wrong at this moment."
                    : "Nothing is wrong. Stuck agents, loops, error bursts and the like appear here."}
                </p>
              )}
              {open.map((alert) => (
                <Alert
                  key={alert.alert_id}
                  alert={alert}
                  nowMs={nowMs}
                  {...(isPast
                    ? {}
                    : {
                        onSnooze: () =>
                          void client.call("alerts.snooze", { alert_id: alert.alert_id, minutes: SNOOZE_MINUTES }).then(retry, retry),
                      })}
                />
              ))}
              {snoozed > 0 && <p className="alerts__none">{snoozed} snoozed.</p>}
              <Desktop />
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </>
  );
}

function Alert({ alert, nowMs, onSnooze }: { alert: AlertRow; nowMs: number; onSnooze?: () => void }) {
  const { session_id, agent_id } = alert;
  const titleOf = useSessionTitles();
  return (
    <article className="alert" data-testid={`alert-${alert.rule_id}`}>
      {session_id !== undefined && <p className="alert__where">{clip(safeText(titleOf(session_id)), 80)}</p>}
      <p className="alert__why">{safeText(alert.why)}</p>
      <p className="alert__advice">{safeText(alert.advice)}</p>
      <div className="alert__foot">
        <span className="dim num" title={alert.raised_at}>
          {formatAge(Math.max(0, nowMs - Date.parse(alert.raised_at)))} ago
        </span>
        {session_id === undefined ? (
          <Link {...control("alerts.show_agent", alert.alert_id)} to={noticeOfAlert(alert).path} className="button">
            Show
          </Link>
        ) : (
          <Link
            {...control("alerts.show_agent", alert.alert_id)}
            to="/"
            search={(old) => ({ ...old, session: undefined, agent: `${session_id} ${agent_id ?? "agt_main"}` })}
            className="button"
          >
            Show agent
          </Link>
        )}
        {onSnooze !== undefined && (
          <Allowed to="alerts.snooze">
            <button {...control("alerts.snooze", alert.alert_id)} type="button" className="button" onClick={onSnooze}>
              Snooze 1 h
            </button>
          </Allowed>
        )}
      </div>
    </article>
  );
}

/** Of the latest events about alerts, newest first: those raised by then and not cleared. */
function openThen(events: readonly StoredEvent[]): AlertRow[] {
  const over = new Set<string>();
  const snoozed = new Map<string, string>();
  const open: AlertRow[] = [];
  for (const event of events) {
    if (event.type === "alert.cleared") over.add(event.data.alert_id);
    else if (event.type === "alert.snoozed" && !snoozed.has(event.data.alert_id)) snoozed.set(event.data.alert_id, event.data.until);
    else if (event.type === "alert.raised" && !over.has(event.data.alert_id)) {
      const snoozed_until = snoozed.get(event.data.alert_id);
      open.push({ ...event.data, raised_at: event.timestamp, ...(snoozed_until === undefined ? {} : { snoozed_until }) });
      over.add(event.data.alert_id);
    }
  }
  return open;
}

/** Asked for only when somebody wants it. */
function Desktop() {
  const [permission, setPermission] = useState(() => ("Notification" in window ? Notification.permission : "denied"));
  if (permission !== "default") return null;
  return (
    <button
      {...control("alerts.notify")}
      type="button"
      className="button"
      onClick={() => void Notification.requestPermission().then(setPermission)}
      title="A desktop notification for each alert while this page is hidden. The Inbox has a button for while it is closed."
    >
      Also tell me on the desktop
    </button>
  );
}
