import { createRootRoute, createRoute, createRouter, type RouterHistory, type SearchMiddleware } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Live } from "../panels/live/live.tsx";
import { Bone, Notice } from "../ui/states.tsx";
import {
  parseInboxSearch,
  parseLiveSearch,
  parseMoneySearch,
  parseRootSearch,
  parseSearchSearch,
  parseSessionSearch,
  parseSessionsSearch,
  parseTracesSearch,
  parseWorkSearch,
  type RootSearch,
} from "./search.ts";
import { Shell } from "./shell.tsx";

const Sessions = lazy(() => import("../panels/session/sessions.tsx").then(({ Sessions }) => ({ default: Sessions })));
const SessionScreen = lazy(() => import("../panels/session/session-screen.tsx").then(({ SessionScreen }) => ({ default: SessionScreen })));
const Traces = lazy(() => import("../panels/traces/traces.tsx").then(({ Traces }) => ({ default: Traces })));
const SearchScreen = lazy(() => import("../panels/search/search-screen.tsx").then(({ SearchScreen }) => ({ default: SearchScreen })));
const MoneyScreen = lazy(() => import("../panels/money/money-screen.tsx").then(({ MoneyScreen }) => ({ default: MoneyScreen })));
const InboxScreen = lazy(() => import("../panels/inbox/inbox-screen.tsx").then(({ InboxScreen }) => ({ default: InboxScreen })));
const Work = lazy(() => import("../panels/work/work.tsx").then(({ Work }) => ({ default: Work })));
const System = lazy(() => import("../panels/system/system.tsx").then(({ System }) => ({ default: System })));

/**
 * A past moment, whom the strip follows and the chosen project go along to every screen, until somebody names another or none: the ready-made
 * way to keep them cannot be told to stop. A link to a session leaves the project, which may be another than the session's.
 */
const keepPlace: SearchMiddleware<RootSearch> = ({ search, next }) => {
  const result = next(search);
  const { at, seq, follow, kin, project } = search;
  return {
    ...("at" in result || at === undefined ? {} : { at, ...(seq === undefined ? {} : { seq }) }),
    ...("follow" in result || follow === undefined ? {} : { follow, ...(kin === undefined ? {} : { kin }) }),
    ...("project" in result || project === undefined || "session" in result ? {} : { project }),
    ...result,
  };
};

const root = createRootRoute({
  component: Shell,
  validateSearch: parseRootSearch,
  search: { middlewares: [keepPlace] },
  notFoundComponent: () => (
    <Notice title="There is no such screen">
      <p className="notice__text">The address names nothing that Orrery shows. The screens are at the left.</p>
    </Notice>
  ),
});
const live = createRoute({ getParentRoute: () => root, path: "/", component: Live, validateSearch: parseLiveSearch });
const inbox = createRoute({
  getParentRoute: () => root,
  path: "/inbox",
  validateSearch: parseInboxSearch,
  component: () => (
    <Suspense fallback={<Loading />}>
      <InboxScreen />
    </Suspense>
  ),
});
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
const traces = createRoute({
  getParentRoute: () => root,
  path: "/traces",
  validateSearch: parseTracesSearch,
  component: () => (
    <Suspense fallback={<Loading />}>
      <Traces />
    </Suspense>
  ),
});
const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  validateSearch: parseSearchSearch,
  component: () => (
    <Suspense fallback={<Loading />}>
      <SearchScreen />
    </Suspense>
  ),
});
const money = createRoute({
  getParentRoute: () => root,
  path: "/money",
  validateSearch: parseMoneySearch,
  component: () => (
    <Suspense fallback={<Loading />}>
      <MoneyScreen />
    </Suspense>
  ),
});
const work = createRoute({
  getParentRoute: () => root,
  path: "/work",
  validateSearch: parseWorkSearch,
  component: () => (
    <Suspense fallback={<Loading />}>
      <Work />
    </Suspense>
  ),
});
const system = createRoute({
  getParentRoute: () => root,
  path: "/system",
  component: () => (
    <Suspense fallback={<Loading />}>
      <System />
    </Suspense>
  ),
});

const tree = root.addChildren([live, inbox, sessions, session, traces, search, money, work, system]);

/** With a history of its own where the address is not the page's to change. */
export function createAppRouter(history?: RouterHistory) {
  return createRouter({ routeTree: tree, defaultPreload: "intent", ...(history === undefined ? {} : { history }) });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

function Loading() {
  return (
    <div className="notice" aria-busy="true">
      <span className="unseen">Loading</span>
      <Bone width={260} height={16} />
      <Bone width={180} />
    </div>
  );
}
