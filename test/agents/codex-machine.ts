import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { orrery, serving, type Ended, type Running } from "../../src/testing/cli-process.ts";
import { startModelServer, type ModelServer, type Turn } from "../../src/testing/model-server.ts";
import { api, offlinePerson, type Api } from "./machine.ts";

/** A person with Codex and Orrery on one machine that reaches nothing outside of it. */
export interface CodexMachine extends Api {
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
  readonly model: ModelServer;
  serve(): Promise<Running & { readonly url: string }>;
  connect(...args: readonly string[]): Promise<Ended>;
  /** Gives Codex a prompt, as an editor does that would ask its user for leave. Resolves after the turn, with what it asked for there; all of that is declined. */
  prompt(words: string): Promise<readonly string[]>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly command?: string };
  readonly result?: { readonly thread?: { readonly id: string } };
  readonly error?: unknown;
}

export async function codexMachine(t: TestContext, scripts: Readonly<Record<string, readonly Turn[]>>): Promise<CodexMachine> {
  const program = process.env["ORRERY_AGENT_CODEX"];
  if (program === undefined) throw new Error("ORRERY_AGENT_CODEX is not set: run this by npm run test:agents");
  const { env: bare, outside, folder, project } = await offlinePerson(t);
  const model = await startModelServer(t, scripts);
  const home = join(folder, ".codex");
  const env: NodeJS.ProcessEnv = { ...bare, CODEX_HOME: home };
  mkdirSync(home);
  const config = [
    'model = "scripted"',
    'model_provider = "scripted"',
    "[model_providers.scripted]",
    'name = "scripted"',
    `base_url = "${model.url}/v1"`,
    'wire_api = "responses"',
    "requires_openai_auth = false",
  ];
  writeFileSync(join(home, "config.toml"), `${config.join("\n")}\n`);
  return {
    ...api(`http://127.0.0.1:${env["ORRERY_PORT"]}/api`),
    env,
    project,
    model,
    serve: () => serving(t, env),
    connect: (...args) => orrery(t, env, "connect", "codex", "--yes", ...args).ended,
    prompt(words) {
      const child = spawn(program, ["app-server"], { cwd: project, env: { ...outside.env, ...env }, stdio: ["pipe", "pipe", "ignore"] });
      t.after(() => void child.kill("SIGKILL"));
      const asked: string[] = [];
      const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
      return new Promise((resolve, reject) => {
        child.on("close", (code) => reject(new Error(`codex ended with ${code}`)));
        createInterface({ input: child.stdout }).on("line", (line) => {
          const { id, method = "", params, result, error } = JSON.parse(line) as Message;
          if (error !== undefined) reject(new Error(line));
          if (result?.thread !== undefined)
            send({ id: 3, method: "turn/start", params: { threadId: result.thread.id, input: [{ type: "text", text: words }] } });
          if (method.endsWith("requestApproval")) {
            asked.push(params?.command ?? method);
            send({ id, result: { decision: "decline" } });
          }
          if (method !== "turn/completed") return;
          resolve(asked);
          child.kill("SIGKILL");
        });
        send({ id: 1, method: "initialize", params: { clientInfo: { name: "tests", version: "0" } } });
        send({ method: "initialized" });
        // A person trusts new hooks once; here nobody is there to.
        const thread = { cwd: project, approvalPolicy: "on-request", sandbox: "workspace-write", config: { bypass_hook_trust: true } };
        send({ id: 2, method: "thread/start", params: thread });
      });
    },
  };
}
