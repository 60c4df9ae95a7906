import "./app/no-eval.ts";
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AppContext } from "./app/app-context.ts";
import { router } from "./app/router.tsx";
import { startApp } from "./app/start.ts";
import { startTheme } from "./app/theme.ts";
import "./ui/tokens.css";
import "./ui/base.css";

startTheme();
const app = startApp();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <AppContext value={app}>
      <RouterProvider router={router} />
    </AppContext>
  </StrictMode>,
);
