import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { serving } from "../../src/testing/cli-process.ts";
import { startModelServer, type ModelServer, type Turn } from "../../src/testing/model-server.ts";
import { api, freePort, offlinePerson, type Api } from "./machine.ts";

/** A person with an opencode server, which Orrery follows, on one machine that reaches nothing outside of it. */
export interface OpencodeMachine extends Api {
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
  readonly model: ModelServer;
  readonly server: string;
  readonly wantedOutside: readonly string[];
  serve(): Promise<Awaited<ReturnType<typeof serving>>>;
  /** Gives opencode a prompt, in a session of its own; resolves when the agent has done its turn. */
  prompt(words: string): Promise<unknown>;
}

export async function opencodeMachine(t: TestContext, scripts: Readonly<Record<string, readonly Turn[]>>): Promise<OpencodeMachine> {
  const program = process.env["ORRERY_AGENT_OPENCODE"];
  if (program === undefined) throw new Error("ORRERY_AGENT_OPENCODE is not set: run this by npm run test:agents");
  const { env, outside, folder, project } = await offlinePerson(t);
  const model = await startModelServer(t, scripts);
  const port = await freePort();
  const server = `http://127.0.0.1:${port}`;
  const config = join(folder, "opencode.json");
  mkdirSync(join(folder, "opencode"));
  const settings = {
    autoupdate: false,
    share: "disabled",
    model: "scripted/model",
    small_model: "scripted/model",
    permission: { bash: "ask", edit: "ask" },
    provider: {
      scripted: {
        npm: "@ai-sdk/anthropic",
        options: { baseURL: `${model.url}/v1`, apiKey: "none" },
        models: { model: { limit: { context: 200_000, output: 8_000 } } },
      },
    },
  };
  writeFileSync(config, JSON.stringify(settings));
  const child = spawn(program, ["serve", "--port", String(port), "--hostname", "127.0.0.1", "--print-logs"], {
    cwd: project,
    env: {
      ...outside.env,
      OPENCODE_CONFIG: config,
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  // It has been seen to outlive SIGTERM.
  t.after(() => void child.kill("SIGKILL"));
  const call = api(server);
  await call.until(
    "opencode serves",
    () => fetch(`${server}/session`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined),
    () => said,
  );
  return {
    ...api(`http://127.0.0.1:${env["ORRERY_PORT"]}/api`),
    env,
    project,
    model,
    server,
    wantedOutside: outside.hosts,
    serve: () => serving(t, env, "--opencode-urls", server),
    async prompt(words) {
      const { id } = await call.send<{ id: string }>("POST", "/session", {});
      return call.send("POST", `/session/${id}/message`, { parts: [{ type: "text", text: words }] });
    },
  };
}
