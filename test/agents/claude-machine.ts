import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { orrery, serving, type Ended, type Running } from "../../src/testing/cli-process.ts";
import { startModelServer, type ModelServer, type Turn } from "../../src/testing/model-server.ts";
import { api, offlinePerson, type Api } from "./machine.ts";

export interface ClaudeRun {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface Terminal {
  /** What is on the screen. */
  screen(): string;
  press(...keys: readonly string[]): void;
}

/** A person with Claude Code and Orrery on one machine that reaches nothing outside of it. */
export interface ClaudeMachine extends Api {
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
  readonly model: ModelServer;
  /** Hosts outside that a program wanted to reach; none was let through. */
  readonly wantedOutside: readonly string[];
  serve(...args: readonly string[]): Promise<Running & { readonly url: string }>;
  /** `serve`, for other machines too: everybody needs a token then. */
  serveAll(): Promise<Running>;
  connect(...args: readonly string[]): Promise<Ended>;
  disconnect(): Promise<Ended>;
  /** The settings file of the client. */
  readonly settings: string;
  /** `claude -p` with this prompt, which names the script. */
  claude(prompt: string, ...args: readonly string[]): ClaudeRun;
  /** Has the person say, as at the first start, that the project may be trusted: what its own settings allow counts only then. */
  trust(): void;
  /** The interactive client, in a terminal of 120 by 40, with a prompt. */
  terminal(prompt: string): Terminal;
  /** The same as a program drives it, which could be asked questions. */
  talk(prompt: string): ClaudeRun;
}

/** Without it there is nobody to ask, and the client has no tool for questions. */
const ASKS_ITS_HOST = ["--permission-prompt-tool", "stdio"];

const API_KEY = "sk-ant-test";

/** What a person is asked at the first start: theme, key, trust in the folder. */
function acceptEverything(folder: string, project: string): void {
  const accepted = {
    hasCompletedOnboarding: true,
    theme: "dark",
    customApiKeyResponses: { approved: [API_KEY], rejected: [] },
    projects: { [project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
  };
  writeFileSync(join(folder, ".claude.json"), JSON.stringify(accepted));
}

export async function claudeMachine(t: TestContext, scripts: Readonly<Record<string, readonly Turn[]>>): Promise<ClaudeMachine> {
  const program = process.env["ORRERY_AGENT_CLAUDE"];
  if (program === undefined) throw new Error("ORRERY_AGENT_CLAUDE is not set: run this by npm run test:agents");
  const { env, outside, project } = await offlinePerson(t);
  const model = await startModelServer(t, scripts);
  const claudeEnv = {
    ...outside.env,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: API_KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
  };
  let token: string | undefined;
  return {
    ...api(`http://127.0.0.1:${env["ORRERY_PORT"]}/api`, () => token),
    env,
    project,
    model,
    wantedOutside: outside.hosts,
    serve: (...args) => serving(t, env, ...args),
    async serveAll() {
      token ??= (await orrery(t, env, "token", "create", "owner", "--scope", "admin").ended).out.trim();
      const daemon = orrery(t, env, "serve", "--host", "0.0.0.0", "--no-open");
      await daemon.sees(/^Orrery ready at http/);
      return daemon;
    },
    connect: (...args) => orrery(t, env, "connect", "claude", "--yes", ...args).ended,
    disconnect: () => orrery(t, env, "disconnect", "claude", "--yes").ended,
    settings: join(env["CLAUDE_CONFIG_DIR"]!, "settings.json"),
    claude: (prompt, ...args) => start(["-p", prompt, ...args]),
    trust: () => acceptEverything(env["CLAUDE_CONFIG_DIR"]!, project),
    terminal(prompt) {
      acceptEverything(env["CLAUDE_CONFIG_DIR"]!, project);
      // A server of its own: another one would give its own environment to what it starts.
      const socket = join(env["HOME"]!, "tmux");
      const tmux = (...args: readonly string[]): string => {
        const ran = spawnSync("tmux", ["-S", socket, ...args], { cwd: project, env: claudeEnv, encoding: "utf8" });
        if (ran.status !== 0) throw new Error(`tmux ${args.join(" ")}: ${ran.error?.message ?? ran.stderr}`);
        return ran.stdout;
      };
      tmux("new-session", "-d", "-x", "120", "-y", "40", program, "--permission-mode", "default", prompt);
      // By its number: the folder with its socket may be gone by then.
      const server = Number(tmux("display-message", "-p", "#{pid}"));
      t.after(() => {
        try {
          process.kill(server);
        } catch {
          // It ended with the client.
        }
      });
      return { screen: () => tmux("capture-pane", "-p"), press: (...keys) => void tmux("send-keys", ...keys) };
    },
    talk(prompt) {
      const run = start(["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose", ...ASKS_ITS_HOST]);
      run.child.stdin!.end(`${JSON.stringify({ type: "user", message: { role: "user", content: prompt } })}\n`);
      return run;
    },
  };

  function start(args: readonly string[]): ClaudeRun {
    const child = spawn(program!, ["--permission-mode", "default", ...args], { cwd: project, env: claudeEnv, stdio: "pipe" });
    t.after(() => void child.kill("SIGKILL"));
    if (!args.includes("stream-json")) child.stdin.end();
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stderr.on("data", (chunk) => (err += String(chunk)));
    const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
    return { child, ended };
  }
}
