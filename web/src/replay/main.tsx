import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../ui/tokens.css";
import "../ui/base.css";
import { AppContext, type App } from "../app/app-context.ts";
import { createAppRouter } from "../app/router.tsx";
import { createStore } from "../app/store.ts";
import { startTheme } from "../app/theme.ts";
import { playedOf, type Recording } from "./recording.ts";
import { recordingClient } from "./recording-client.ts";

// One session in a file: the same page as live, with the recording in the place of the daemon. It asks nobody for anything.
const recording = JSON.parse(document.getElementById("recording")!.textContent) as Recording | null;
if (recording === null)
  document.getElementById("root")!.textContent = "There is no recording in this page. orrery export --format html makes one.";
else play(recording);

function play(found: Recording): void {
  document.title = `${found.title} · Orrery replay`;
  const played = playedOf(found.events);
  const client = recordingClient(found, played);
  const store = createStore({
    replica: {
      state: () => played.last,
      connection: () => ({ state: "live" as const }),
      lastEventAt: () => played.endMs,
      subscribe: () => () => undefined,
      onConnection: () => () => undefined,
    },
    readPicture: ({ atMs, seq }) => Promise.resolve(played.stateAt(atMs, seq)),
    // The clock of a recording stands at its end.
    now: () => played.endMs,
    onFrame: (task) => requestAnimationFrame(task),
    every: (ms, task) => {
      const timer = setInterval(task, ms);
      return () => clearInterval(timer);
    },
  });
  const app: App = { store, client, reconnect: () => undefined, isRecording: true };
  const start = `/?session=${encodeURIComponent(found.session_id)}&at=${encodeURIComponent(new Date(played.startMs).toISOString())}`;
  startTheme();
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <AppContext value={app}>
        <RouterProvider router={createAppRouter(createMemoryHistory({ initialEntries: [start] }))} />
      </AppContext>
    </StrictMode>,
  );
}
