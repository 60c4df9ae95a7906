import { createRootRoute, createRoute, createRouter, retainSearchParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Live } from "../panels/live/live.tsx";
import { Bone, Notice } from "../ui/states.tsx";
import { parseLiveSearch, parseRootSearch, parseSessionSearch, parseSessionsSearch } from "./search.ts";
import { Shell } from "./shell.tsx";

const Sessions = lazy(() => import("../panels/session/sessions.tsx").then(({ Sessions }) => ({ default: Sessions })));
const SessionScreen = lazy(() => import("../panels/session/session-screen.tsx").then(({ SessionScreen }) => ({ default: SessionScreen })));

const root = createRootRoute({
  component: Shell,
  validateSearch: parseRootSearch,
  search: { middlewares: [retainSearchParams(["at"])] },
  notFoundComponent: () => (
    <Notice title="There is no such screen">
      <p className="notice__text">The address names nothing that Orrery shows. The screens are at the left.</p>
    </Notice>
  ),
});
const live = createRoute({ getParentRoute: () => root, path: "/", component: Live, validateSearch: parseLiveSearch });
const sessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  validateSearch: parseSessionsSearch,
  component: () => (
    <Suspense fallback={<Loading />}>
      <Sessions />
    </Suspense>
  ),
});
const session = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$sessionId",
  validateSearch: parseSessionSearch,
  component: () => (
    <Suspense fallback={<Loading />}>
      <SessionScreen />
    </Suspense>
  ),
});

export const router = createRouter({ routeTree: root.addChildren([live, sessions, session]), defaultPreload: "intent" });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function Loading() {
  return (
    <div className="notice" aria-busy="true" aria-label="Loading">
      <Bone width={260} height={16} />
      <Bone width={180} />
    </div>
  );
}
