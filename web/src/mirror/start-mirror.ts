import { mayCall } from "../app/access.ts";
import { currentTheme, onTheme, setTheme, themes } from "../app/theme.ts";
import type { App } from "../app/app-context.ts";
import type { createAppRouter } from "../app/router.tsx";
import { onFrames } from "./frames.ts";
import { startMirror } from "./mirror.ts";

/** Joins the page to the daemon's fields, and tells the daemon how the page draws. */
export function mirror({ store, client }: App, router: ReturnType<typeof createAppRouter>): void {
  const page = `pag_${crypto.randomUUID().slice(0, 13)}`;
  startMirror({
    client,
    page,
    seen: () => store.snapshot().live.seq,
    mayTell: () => mayCall("ui.note"),
    place: () => ({ path: router.state.location.pathname, search: router.state.location.search as Record<string, unknown> }),
    go: ({ path, search }) => router.navigate({ to: path, search } as never),
    onPlace: (listener) => router.subscribe("onResolved", listener),
    onEvents: (listener) => store.onBatch((_, __, events) => listener(events)),
    theme: {
      now: currentTheme,
      set: (wanted) => {
        const theme = themes.find((one) => one === wanted);
        if (theme !== undefined && theme !== currentTheme()) setTheme(theme);
      },
      on: onTheme,
    },
  });
  onFrames((figures) => {
    if (store.snapshot().connection.state !== "live") return;
    const report = { page, ...figures, screen: router.state.location.pathname };
    // The next second has another.
    void client.call("telemetry.report", report).catch(() => undefined);
  });
}
