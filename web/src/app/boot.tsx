import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../ui/tokens.css";
import "../ui/base.css";
import { AppContext } from "./app-context.ts";
import { Login, needsLogin } from "./login.tsx";
import { createAppRouter } from "./router.tsx";
import { startApp } from "./start.ts";
import { startTheme } from "./theme.ts";

const PATIENCE_MS = 500;

export async function boot(): Promise<void> {
  startTheme();
  const root = createRoot(document.getElementById("root")!);
  const asked = needsLogin().then((isNeeded) => {
    if (isNeeded) root.render(<Login />);
    return isNeeded;
  });
  // A slow daemon is no reason for an empty page: what it answers later still counts.
  const waited = new Promise<false>((resolve) => window.setTimeout(() => resolve(false), PATIENCE_MS));
  if (await Promise.race([asked, waited])) return;
  const app = startApp();
  const router = createAppRouter();
  root.render(
    <StrictMode>
      <AppContext value={app}>
        <RouterProvider router={router} />
      </AppContext>
    </StrictMode>,
  );
  // The page is there first; programs can wait for the little that this takes.
  void import("../mirror/start-mirror.ts").then(({ mirror }) => mirror(app, router));
}
