import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../e2e/daemon.ts";
import type { Answer, AskDetail, AskRow } from "../../src/contract/operations/asks.ts";
import { orrery, serving, tempPerson, type Ended, type Running } from "../../src/testing/cli-process.ts";
import { startModelServer, type ModelServer, type Turn } from "../../src/testing/model-server.ts";

export interface ClaudeRun {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A person with Claude Code and Orrery on one machine that reaches nothing outside of it. */
export interface ClaudeMachine {
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
  readonly model: ModelServer;
  /** Hosts outside that a program wanted to reach; none was let through. */
  readonly wantedOutside: readonly string[];
  serve(...args: readonly string[]): Promise<Running & { readonly url: string }>;
  connect(...args: readonly string[]): Promise<Ended>;
  /** `claude -p` with this prompt, which names the script. */
  claude(prompt: string, ...args: readonly string[]): ClaudeRun;
  /** The same as a program drives it, which could be asked questions. */
  talk(prompt: string): ClaudeRun;
  /** Calls the daemon's API. */
  get<T>(path: string): Promise<T>;
  send<T>(method: string, path: string, body?: object): Promise<T>;
  /** The ask that waits in the inbox, once one does. */
  asked(): Promise<AskDetail>;
  /** Answers what waits in the inbox, once something does. */
  answer(answer: Answer): Promise<AskDetail>;
}

/** Without it there is nobody to ask, and the client has no tool for questions. */
const ASKS_ITS_HOST = ["--permission-prompt-tool", "stdio"];

export async function claudeMachine(t: TestContext, scripts: Readonly<Record<string, readonly Turn[]>>): Promise<ClaudeMachine> {
  const program = process.env["ORRERY_AGENT_CLAUDE"];
  if (program === undefined) throw new Error("ORRERY_AGENT_CLAUDE is not set: run this by npm run test:agents");
  const person = tempPerson(t);
  const project = join(person.folder, "project");
  mkdirSync(project);
  const model = await startModelServer(t, scripts);
  const outside = await startDeadProxy(t);
  const port = String(await freePort());
  const env = { ...person.env, ORRERY_PORT: port };
  const claudeEnv = {
    ...env,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "sk-ant-test",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    HTTP_PROXY: outside.url,
    HTTPS_PROXY: outside.url,
    NO_PROXY: "127.0.0.1,localhost",
    TERM: "xterm-256color",
  };
  const base = `http://127.0.0.1:${port}`;
  async function send<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${base}/api${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
    return (await reply.json()) as T;
  }
  const get = <T>(path: string): Promise<T> => send("GET", path);
  async function asked(): Promise<AskDetail> {
    const held = await until("an ask waits in the inbox", async () => {
      const { items } = await get<{ readonly items: readonly AskRow[] }>("/asks");
      return items.find(({ is_held }) => is_held);
    });
    return get(`/asks/${held.ask_id}`);
  }
  return {
    env,
    project,
    model,
    wantedOutside: outside.hosts,
    serve: (...args) => serving(t, env, ...args),
    get,
    asked,
    send,
    async answer(answer) {
      const { ask_id } = await asked();
      return send("POST", `/asks/${ask_id}/answer`, { answer, actor: "ana" });
    },
    connect: (...args) => orrery(t, env, "connect", "claude", "--yes", ...args).ended,
    claude: (prompt, ...args) => start(["-p", prompt, ...args]),
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

/** A proxy that lets nothing through and remembers what was wanted. */
async function startDeadProxy(t: TestContext): Promise<{ readonly url: string; readonly hosts: readonly string[] }> {
  const hosts: string[] = [];
  const server = createServer((request, reply) => {
    hosts.push(request.url ?? "");
    reply.writeHead(502).end();
  });
  server.on("connect", (request, socket) => {
    hosts.push(request.url ?? "");
    socket.end("HTTP/1.1 502 Nothing goes out\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts };
}

/** A port that stays the same while daemons come and go, as it stands in the settings. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
