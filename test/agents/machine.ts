// What the machines of all agents have: a person with an Orrery home, a way to nowhere instead of the internet, and calls of an API.
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Answer, AskDetail, AskRow } from "../../src/contract/operations/asks.ts";
import { tempPerson } from "../../src/testing/cli-process.ts";
import { until } from "../../src/testing/until.ts";

export interface Api {
  get<T>(path: string): Promise<T>;
  send<T>(method: string, path: string, body?: object): Promise<T>;
  /** The ask that waits in the inbox, once one does. */
  asked(): Promise<AskDetail>;
  /** Answers what waits in the inbox, once something does. */
  answer(answer: Answer): Promise<AskDetail>;
  /** The version of the agent program, by the session's log, once one of its sources told it. */
  versionOf(session_id: string): Promise<string>;
  /** The first value that is no `undefined`. */
  until<T>(what: string, look: () => Promise<T | undefined>, more?: () => string): Promise<T>;
}

export function api(base: string, token: () => string | undefined = () => undefined): Api {
  async function send<T>(method: string, path: string, body?: object): Promise<T> {
    const bearer = token();
    const headers = { "content-type": "application/json", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) };
    const reply = await fetch(`${base}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
    return (await reply.json()) as T;
  }
  const get = <T>(path: string): Promise<T> => send("GET", path);
  async function asked(): Promise<AskDetail> {
    const held = await until("an ask waits in the inbox", async () =>
      (await get<{ readonly items: readonly AskRow[] }>("/asks")).items.find(({ is_held }) => is_held),
    );
    return get(`/asks/${held.ask_id}`);
  }
  return {
    get,
    send,
    asked,
    async answer(answer) {
      const { ask_id } = await asked();
      return send("POST", `/asks/${ask_id}/answer`, { answer, actor: "ana" });
    },
    versionOf: (session_id) =>
      until("the log knows the version", async () => (await get<{ app_version?: string }>(`/sessions/${session_id}`)).app_version),
    async until(what, look, more = () => "") {
      return until(what, look).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}\n${more()}`);
      });
    },
  };
}

/** Folders and environment of a person whose programs reach this machine only, and the hosts outside that they wanted to reach. */
export async function offlinePerson(t: TestContext) {
  const { folder, env: bare } = tempPerson(t);
  const project = join(folder, "project");
  mkdirSync(project);
  const hosts: string[] = [];
  const proxy = createServer((request, reply) => {
    hosts.push(request.url ?? "");
    reply.writeHead(502).end();
  });
  proxy.on("connect", (request, socket) => {
    hosts.push(request.url ?? "");
    socket.on("error", () => undefined); // Who was refused may hang up at once.
    socket.end("HTTP/1.1 502 Nothing goes out\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const env: NodeJS.ProcessEnv = { ...bare, ORRERY_PORT: String(await freePort()) };
  return {
    folder,
    project,
    env,
    outside: { env: { ...env, HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: "127.0.0.1,localhost", TERM: "xterm-256color" }, hosts },
  };
}

/** A port that stays the same while daemons come and go, as it stands in settings. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
