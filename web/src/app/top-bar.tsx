import { useParams, useSearch } from "@tanstack/react-router";
import { ChevronsUpDown, Search } from "lucide-react";
import { clip } from "../ui/format.ts";
import { AlertsBell } from "./alerts-bell.tsx";
import { AsksBadge } from "./asks-badge.tsx";
import { ConnectionBadge } from "./connection-badge.tsx";
import { LookingOn } from "./looking-on.tsx";
import { Mark } from "./mark.tsx";
import { sessionViewOf } from "./selectors.ts";
import { shownOf, type Snapshot } from "./store.ts";
import { SpendToday } from "./spend-today.tsx";
import { useAnswer } from "./use-answer.ts";
import { useSteady } from "./use-steady.ts";
import { useCallback } from "react";
import type { SessionId } from "../../../src/contract/ids.ts";
import { control } from "../mirror/control.ts";

const shortcut = navigator.platform.startsWith("Mac") ? "⌘ K" : "Ctrl K";

export function TopBar({ onSearch, onPick }: { onSearch: () => void; onPick: () => void }) {
  const { session, project } = useSearch({ strict: false });
  const { sessionId } = useParams({ strict: false });
  const picked = sessionId ?? session;
  const select = useCallback((snapshot: Snapshot) => titleOf(snapshot, picked, project), [picked, project]);
  const pictured = useSteady(select, 500);
  // A session that nobody has worked in lately is not in the picture: its name is asked for.
  const row = useAnswer("sessions.get", { session_id: picked ?? "" }, { isIdle: picked === undefined || pictured !== undefined }).value;
  const title = pictured ?? clip(String(row?.["title"] ?? picked), 44);
  return (
    <header className="shell__top">
      <a {...control("nav.home")} className="brand" href="/" aria-label="Orrery">
        <Mark />
        <span className="brand__word">Orrery</span>
      </a>
      <button {...control("palette.pick")} type="button" className="picker" onClick={onPick} title="Choose a project or a session (p)">
        <span className="unseen">{picked === undefined ? "Project: " : "Session: "}</span>
        <span className="picker__name">{title}</span>
        <ChevronsUpDown size={14} aria-hidden />
      </button>
      <button
        {...control("palette.search")}
        type="button"
        className="search"
        onClick={onSearch}
        title={`Search or run a command (${shortcut})`}
      >
        <Search size={14} aria-hidden />
        <span>Search or run a command</span>
        <kbd aria-hidden>{shortcut}</kbd>
      </button>
      <div className="shell__end">
        <LookingOn />
        <AsksBadge />
        <AlertsBell />
        <SpendToday />
        <ConnectionBadge />
      </div>
    </header>
  );
}

function titleOf(snapshot: Snapshot, picked: string | undefined, project: string | undefined): string | undefined {
  if (picked === undefined) return project === undefined ? "All projects" : clip(project, 44);
  const { state, nowMs } = shownOf(snapshot);
  const session = state.sessions.get(picked as SessionId);
  return session === undefined ? undefined : clip(sessionViewOf(session, nowMs).title, 44);
}
