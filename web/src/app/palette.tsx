import { Dialog } from "@base-ui/react/dialog";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Bot, Folder, Folders, MessagesSquare, Palette as ThemeIcon, Search, Terminal } from "lucide-react";
import { useCallback, useDeferredValue, useEffect } from "react";
import { operations } from "../../../src/contract/operations/index.ts";
import { clip, formatAge } from "../ui/format.ts";
import { isHit, placeOf, kindWords, type Hit } from "../panels/search/hits.ts";
import { Marked } from "../panels/search/marked.tsx";
import { useMay } from "./access.ts";
import { useApp } from "./app-context.ts";
import { OperationPanel } from "./operation-panel.tsx";
import { screens } from "./screens.ts";
import { sceneSessions, sessionViewOf } from "./selectors.ts";
import { shownOf } from "./store.ts";
import { setTheme, themes } from "./theme.ts";
import { useAnswer } from "./use-answer.ts";
import { useChooseProject } from "./use-choose.ts";
import { usePast } from "./use-past.ts";
import { useProjects } from "./use-projects.ts";
import "./palette.css";
import { control } from "../mirror/control.ts";
import { useHeld } from "../mirror/held.ts";

const HITS = 5;
const SESSIONS = 60;
const AGENTS = 120;

/** Opens anything and runs anything: Ctrl/Cmd-K. `start` narrows it to projects and sessions. */
export function Palette({ start, onClose }: { start: "all" | "places"; onClose: () => void }) {
  const { store, isRecording } = useApp();
  const navigate = useNavigate();
  const [operation, setOperation] = useHeld("palette.operation", "");
  const [, setInput] = useHeld("palette.input", "");
  const [words, setWords] = useHeld("palette.query", "");
  const open = useCallback(
    (name: string) => {
      setWords("");
      setInput("");
      setOperation(name);
    },
    [setWords, setInput, setOperation],
  );
  useEffect(() => () => open(""), [open]);
  const asked = useDeferredValue(words.trim());
  const past = usePast();
  const may = useMay();
  const { project } = useSearch({ strict: false });
  const projects = useProjects();
  const choose = useChooseProject();
  const isAsking = start === "all" && isRecording !== true && asked.length > 1;
  const found = useAnswer(
    "search.query",
    { q: asked, limit: HITS, ...(past === undefined ? {} : { until: past }) },
    { isIdle: !isAsking },
  ).value;
  const hits: readonly Hit[] = isAsking ? (found?.items ?? []).filter(isHit) : [];
  const { state, nowMs } = shownOf(store.snapshot());
  const sessions = [...state.sessions.values()]
    .toSorted((a, b) => ((a.facts.last_at ?? "") < (b.facts.last_at ?? "") ? 1 : -1))
    .slice(0, SESSIONS)
    .map((session) => sessionViewOf(session, nowMs));
  const agents = sceneSessions(state, nowMs, undefined)
    .flatMap((session) => session.agents)
    .filter((agent) => agent.depth > 0)
    .slice(0, AGENTS);

  const run = (act: () => void) => () => {
    onClose();
    act();
  };
  const placesGroup = (start === "places" || projects.length > 0) && (
    <Command.Group heading="Projects">
      <Command.Item
        {...control("palette.item", "project")}
        value="project"
        keywords={["All projects", "project"]}
        onSelect={run(() => choose(undefined))}
      >
        <Folders size={15} />
        <span className="palette__words">All projects</span>
        {project === undefined && <span className="palette__more">shown now</span>}
      </Command.Item>
      {projects.map(({ name, sessions: count, lastAt }) => (
        <Command.Item
          {...control("palette.item", `project ${name}`)}
          key={name}
          value={`project ${name}`}
          keywords={[name, "project"]}
          onSelect={run(() => choose(name))}
        >
          <Folder size={15} />
          <span className="palette__words">{clip(name, 80)}</span>
          <span className="palette__more">
            {name === project && "shown now · "}
            {count === 0 ? "earlier" : `${count} ${count === 1 ? "session" : "sessions"} · ${formatAge(nowMs - Date.parse(lastAt))} ago`}
          </span>
        </Command.Item>
      ))}
    </Command.Group>
  );

  return (
    <Dialog.Root open onOpenChange={(isOpen) => isOpen || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil" />
        <Dialog.Popup className="dialog" aria-label="Search or run a command">
          {operation === "" ? (
            <Command className="palette" label="Search or run a command" loop filter={score}>
              <Command.Input
                {...control("palette.query")}
                className="palette__input"
                value={words}
                onValueChange={setWords}
                placeholder={start === "places" ? "Choose a project or a session" : "Search or run a command"}
              />
              <Command.List {...control("palette.item")}>
                <Command.Empty>Nothing of that name.</Command.Empty>
                {start === "places" && placesGroup}
                {start === "all" && (
                  <Command.Group heading="Go to">
                    {screens.map(({ path, word, icon: Icon, key }) => (
                      <Command.Item
                        {...control("palette.item", `go ${path}`)}
                        key={path}
                        value={`go ${path}`}
                        keywords={[word, "go to"]}
                        onSelect={run(() => void navigate({ to: path }))}
                      >
                        <Icon size={15} />
                        <span className="palette__words">{word}</span>
                        <span className="palette__more">
                          <kbd>g</kbd> <kbd>{key}</kbd>
                        </span>
                      </Command.Item>
                    ))}
                  </Command.Group>
                )}
                {isAsking && (
                  <Command.Group heading="Found">
                    <Command.Item
                      {...control("palette.item", "search everything")}
                      // Its words are in the value: keywords that change later are not heard of.
                      value={`search everything ${asked}`}
                      onSelect={run(() => void navigate({ to: "/search", search: { q: asked } }))}
                    >
                      <Search size={15} />
                      <span className="palette__words">Search everything for “{clip(asked, 40)}”</span>
                    </Command.Item>
                    {hits.map((hit) => (
                      <Command.Item
                        {...control("palette.item", `hit ${hit.session_id} ${hit.id}`)}
                        key={`${hit.session_id} ${hit.id} ${hit.seq}`}
                        value={`hit ${hit.session_id} ${hit.id} ${asked}`}
                        onSelect={run(() => void navigate(placeOf(hit)))}
                      >
                        <Search size={15} />
                        <span className="palette__words">
                          {clip(hit.title, 40)} <Marked text={hit.snippet} marks={hit.marks} />
                        </span>
                        <span className="palette__kind">{kindWords[hit.kind]}</span>
                      </Command.Item>
                    ))}
                  </Command.Group>
                )}
                {start === "all" && placesGroup}
                <Command.Group heading="Sessions">
                  {sessions.map((session) => (
                    <Command.Item
                      {...control("palette.item", session.session_id)}
                      key={session.session_id}
                      value={session.session_id}
                      keywords={[session.title, session.facts.project ?? ""]}
                      onSelect={run(() =>
                        start === "places"
                          ? void navigate({
                              to: "/",
                              search: (old) => ({ ...old, session: session.session_id, project: undefined, agent: undefined }),
                            })
                          : void navigate({ to: "/sessions/$sessionId", params: { sessionId: session.session_id } }),
                      )}
                    >
                      <MessagesSquare size={15} />
                      <span className="palette__words">{clip(session.title, 80)}</span>
                      <span className="palette__more">
                        {session.status} · {formatAge(nowMs - Date.parse(session.facts.last_at ?? ""))} ago
                      </span>
                    </Command.Item>
                  ))}
                </Command.Group>
                {start === "all" && (
                  <>
                    <Command.Group heading="Agents">
                      {agents.map((agent) => (
                        <Command.Item
                          {...control("palette.item", `${agent.session_id} ${agent.agent_id}`)}
                          key={`${agent.session_id} ${agent.agent_id}`}
                          value={`${agent.session_id} ${agent.agent_id}`}
                          keywords={[agent.label, agent.agent_type ?? ""]}
                          onSelect={run(
                            () => void navigate({ to: "/", search: (old) => ({ ...old, agent: `${agent.session_id} ${agent.agent_id}` }) }),
                          )}
                        >
                          <Bot size={15} />
                          <span className="palette__words">{agent.label}</span>
                          <span className="palette__more">{agent.status}</span>
                        </Command.Item>
                      ))}
                    </Command.Group>
                    <Command.Group heading="Theme">
                      {themes.map((theme) => (
                        <Command.Item
                          {...control("palette.item", `theme ${theme}`)}
                          key={theme}
                          value={`theme ${theme}`}
                          keywords={[`Switch to the ${theme} theme`]}
                          onSelect={run(() => setTheme(theme))}
                        >
                          <ThemeIcon size={15} />
                          <span className="palette__words">Switch to the {theme} theme</span>
                        </Command.Item>
                      ))}
                    </Command.Group>
                    <Command.Group heading="Run an operation">
                      {operations.map(({ name, summary, scope }) => (
                        <Command.Item
                          {...control("palette.item", `run ${name}`)}
                          key={name}
                          value={`run ${name}`}
                          keywords={[name, summary]}
                          onSelect={() => open(name)}
                        >
                          <Terminal size={15} />
                          <span className="mono">{name}</span>
                          <span className="palette__more">{summary}</span>
                          <span className="palette__kind">{may(name) ? scope : `needs ${scope}`}</span>
                        </Command.Item>
                      ))}
                    </Command.Group>
                  </>
                )}
              </Command.List>
            </Command>
          ) : (
            <OperationPanel name={operation} onBack={() => open("")} />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Whole words as they are typed, the beginning of a name before its middle; the letters of an id only as a whole. */
function score(value: string, search: string, keywords: readonly string[] = []): number {
  const wanted = search.toLowerCase().trim();
  // Who writes the whole name of an operation means it, whatever else has these words.
  if (value === `run ${wanted}`) return 2;
  const words = keywords.join(" ").toLowerCase();
  if ((keywords[0] ?? "").toLowerCase().startsWith(wanted)) return 1;
  if (words.includes(wanted)) return 0.7;
  if (wanted.split(/\s+/).every((word) => words.includes(word))) return 0.5;
  return wanted.length > 5 && value.toLowerCase().includes(wanted) ? 0.3 : 0;
}
