import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { AskRow } from "../../../src/contract/operations/asks.ts";
import { noticeOf } from "../../../src/projections/ask-notice.ts";
import { closeNotice, mayNotify, noticeWorker, showNotice } from "../notices/notices.ts";
import { safeText } from "../ui/safe-text.ts";
import { useApp } from "./app-context.ts";

/**
 * Tells of open asks outside the page: their count in the title and, where the person gave leave, a notification for each that comes while the page is
 * hidden. It goes when the ask is decided. `undefined`: what is open is not known yet.
 */
export function useAskNotices(asks: readonly AskRow[] | undefined, count: number): void {
  const navigate = useNavigate();
  const known = useRef<Set<string> | undefined>(undefined);
  const shown = useRef(new Set<string>());

  const { isRecording } = useApp();

  useEffect(() => {
    if (isRecording === undefined) document.title = count === 0 ? "Orrery" : `(${count}) Orrery`;
  }, [count, isRecording]);

  useEffect(() => {
    if (mayNotify() && isRecording === undefined) void noticeWorker();
  }, [isRecording]);

  useEffect(() => {
    if (asks === undefined) return;
    const fresh = asks.filter(
      ({ ask_id, told_as = [] }) => known.current !== undefined && ![ask_id, ...told_as].some((id) => known.current!.has(id)),
    );
    known.current = new Set([...(known.current ?? []), ...asks.flatMap(({ ask_id, told_as = [] }) => [ask_id, ...told_as])]);
    const open = new Set(asks.map(({ ask_id }) => ask_id));
    for (const id of shown.current) {
      if (open.has(id)) continue;
      void closeNotice(id);
      shown.current.delete(id);
    }
    if (!document.hidden || !mayNotify()) return;
    for (const ask of fresh) {
      const { title, body, ...rest } = noticeOf(ask);
      shown.current.add(ask.ask_id);
      void showNotice({ ...rest, title: safeText(title), body: safeText(body) }, () => {
        window.focus();
        void navigate({ to: "/inbox", search: { ask: ask.ask_id } });
      });
    }
  }, [asks, navigate]);
}
