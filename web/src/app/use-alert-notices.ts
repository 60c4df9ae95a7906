import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import type { EventOf, StoredEvent } from "../../../src/contract/events/index.ts";
import { noticeOfAlert } from "../../../src/projections/alert-notice.ts";
import { closeNotice, mayNotify, onNoticeOpened, showNotice } from "../notices/notices.ts";
import { safeText } from "../ui/safe-text.ts";
import { useApp } from "./app-context.ts";

/**
 * Where the person gave leave, a notification for each alert that is raised while the page is hidden; it goes when the alert is over. Whatever notification is
 * pressed leads to what it is about.
 */
export function useAlertNotices(): void {
  const { store } = useApp();
  const { history } = useRouter();

  useEffect(() => onNoticeOpened((path) => history.push(path)), [history]);

  useEffect(() => {
    const shown = new Set<string>();
    return store.onEvents((events) => {
      const snoozed = new Set(events.flatMap((event) => (event.type === "alert.snoozed" ? [event.data.alert_id] : [])));
      for (const event of events) {
        if (event.type === "alert.cleared" && event.data.reason !== "told" && shown.delete(event.data.alert_id))
          void closeNotice(event.data.alert_id);
        if (!isRaised(event) || snoozed.has(event.data.alert_id) || !document.hidden || !mayNotify()) continue;
        const { title, body, ...rest } = noticeOfAlert(event.data);
        shown.add(rest.id);
        void showNotice({ ...rest, title, body: safeText(body) }, () => {
          window.focus();
          history.push(rest.path);
        });
      }
    });
  }, [store, history]);
}

const isRaised = (event: StoredEvent): event is EventOf<"alert.raised"> & StoredEvent => event.type === "alert.raised";
