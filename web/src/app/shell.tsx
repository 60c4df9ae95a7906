import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef } from "react";
import { TimeStrip } from "../panels/time/time-strip.tsx";
import { isShallowSame, useSelected } from "./app-context.ts";
import { Offline } from "./offline.tsx";
import { Rail } from "./rail.tsx";
import { screens } from "./screens.ts";
import type { Snapshot } from "./store.ts";
import { currentTheme, setTheme, themes } from "./theme.ts";
import { TopBar } from "./top-bar.tsx";
import { useKeys } from "./use-keys.ts";
import { useTypeAhead } from "./use-type-ahead.ts";
import { useHeld } from "../mirror/held.ts";
import "./shell.css";

const Palette = lazy(() => import("./palette.tsx").then(({ Palette }) => ({ default: Palette })));
const KeyList = lazy(() => import("./key-list.tsx").then(({ KeyList }) => ({ default: KeyList })));

const select = ({ past, hasSynced, connection }: Snapshot) => ({
  isPast: past !== undefined,
  isOffline: hasSynced && connection.state !== "live" && connection.state !== "syncing",
});
const CHORD_MS = 1_200;

export function Shell() {
  const navigate = useNavigate();
  const [open, setOpen] = useHeld<"none" | "all" | "places" | "keys">("palette.open", "none");
  const { isPast, isOffline } = useSelected(select, isShallowSame);
  const chord = useRef(-Infinity);

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setOpen(open === "all" ? "none" : "all");
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [open, setOpen]);

  useEffect(() => {
    // In the capture phase: the second key of a chord is nobody else's.
    const listen = (event: KeyboardEvent) => {
      const screen = screens.find(({ key }) => key === event.key);
      if (screen === undefined || performance.now() - chord.current > CHORD_MS) return;
      chord.current = -Infinity;
      event.preventDefault();
      event.stopPropagation();
      void navigate({ to: screen.path });
    };
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [navigate]);

  useKeys({
    "?": () => setOpen("keys"),
    "/": () => setOpen("all"),
    p: () => setOpen("places"),
    g: () => (chord.current = performance.now()),
    t: () => setTheme(themes[(themes.indexOf(currentTheme()) + 1) % themes.length]!),
  });

  useTypeAhead(open === "all" || open === "places");

  const close = () => setOpen("none");
  return (
    <div className="shell" data-past={isPast || undefined}>
      <TopBar onSearch={() => setOpen("all")} onPick={() => setOpen("places")} />
      <Rail onMore={() => setOpen("all")} />
      <main className="shell__main" data-frozen={isOffline || undefined}>
        {isOffline && <Offline />}
        <Outlet />
      </main>
      <footer className="shell__strip">
        <TimeStrip />
      </footer>
      <Suspense>
        {(open === "all" || open === "places") && <Palette start={open} onClose={close} />}
        {open === "keys" && <KeyList onClose={close} />}
      </Suspense>
    </div>
  );
}
