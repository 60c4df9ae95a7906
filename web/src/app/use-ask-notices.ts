import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { AskRow } from "../../../src/contract/operations/asks.ts";
import { useApp } from "./app-context.ts";
import { safeText } from "../ui/safe-text.ts";

const LONGEST = 240;

/**
 * Tells of open asks outside the page: their count in the title and, where the person gave leave, a notification for each that comes while the page is
 * hidden. It goes when the ask is decided. `undefined`: what is open is not known yet.
 */
export function useAskNotices(asks: readonly AskRow[] | undefined, count: number): void {
  const navigate = useNavigate();
  const known = useRef<Set<string> | undefined>(undefined);
  const shown = useRef(new Map<string, Notification>());

  const { isRecording } = useApp();

  useEffect(() => {
    if (isRecording === undefined) document.title = count === 0 ? "Orrery" : `(${count}) Orrery`;
  }, [count, isRecording]);

  useEffect(() => {
    if (asks === undefined) return;
    const fresh = asks.filter(
      ({ ask_id, told_as = [] }) => known.current !== undefined && ![ask_id, ...told_as].some((id) => known.current!.has(id)),
    );
    known.current = new Set([...(known.current ?? []), ...asks.flatMap(({ ask_id, told_as = [] }) => [ask_id, ...told_as])]);
    const open = new Set(asks.map(({ ask_id }) => ask_id));
    for (const [id, notice] of shown.current) {
      if (open.has(id)) continue;
      notice.close();
      shown.current.delete(id);
    }
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    for (const ask of fresh) {
      const notice = new Notification(titleOf(ask), { body: safeText(ask.prompt ?? "").slice(0, LONGEST), tag: ask.ask_id });
      notice.addEventListener("click", () => {
        window.focus();
        void navigate({ to: "/inbox", search: { ask: ask.ask_id } });
        notice.close();
      });
      shown.current.set(ask.ask_id, notice);
    }
  }, [asks, navigate]);
}

function titleOf({ tool, kind, agent, session }: AskRow): string {
  const who = [agent, session].filter((name) => name !== undefined).join(", ");
  return safeText(`${tool ?? kind}${who === "" ? "" : ` · ${who}`}`).slice(0, LONGEST);
}
