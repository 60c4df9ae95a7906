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

export async function boot(): Promise<void> {
  startTheme();
  const root = createRoot(document.getElementById("root")!);
  if (await needsLogin()) return root.render(<Login />);
  root.render(
    <StrictMode>
      <AppContext value={startApp()}>
        <RouterProvider router={createAppRouter()} />
      </AppContext>
    </StrictMode>,
  );
}
