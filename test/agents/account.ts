// What was asked of the model and what came of its calls, by the model server and by the log.
import assert from "node:assert/strict";
import type { Asked } from "../../src/testing/model-server.ts";
import { until } from "../../src/testing/until.ts";
import type { Api } from "./machine.ts";

interface Session {
  readonly requests: number;
  readonly agents: readonly { readonly label: string; readonly depth: number; readonly requests: number }[];
  readonly tokens: { readonly input: number; readonly output: number; readonly cache_read: number };
  readonly calls: { readonly ok: number; readonly error: number; readonly denied: number; readonly running: number };
}

/** A client whose calls begin like ours keeps its names. */
const idOf = (call: string) => (call.startsWith("call_") ? call : `call_${call}`);

/** A session whose log equals the account of its model: requests, tokens, and each call with whether it went well. */
export async function sameAccount({ get }: Pick<Api, "get">, session_id: string, asked: readonly Asked[]): Promise<Session> {
  const row = await until("every request is in the log", async () => {
    const session = await get<Session>(`/sessions/${session_id}`);
    return session.requests === asked.length ? session : undefined;
  });
  const sum = (of: (usage: Asked["usage"]) => number) => asked.reduce((all, { usage }) => all + of(usage), 0);
  const { input, output, cache_read } = row.tokens;
  assert.deepEqual(
    { input, output, cache_read },
    {
      input: sum(({ input_tokens }) => input_tokens),
      output: sum(({ output_tokens }) => output_tokens),
      cache_read: sum(({ cache_read_input_tokens }) => cache_read_input_tokens),
    },
  );
  const atModel = asked.flatMap(({ results }) => results).map(({ call, isError }) => `${idOf(call)} ${isError ? "failed" : "ok"}`);
  const { items } = await until("every call is over in the log", async () => {
    const calls = await get<{ items: { call_id: string; outcome: string }[] }>(`/sessions/${session_id}/calls`);
    return calls.items.length >= atModel.length && calls.items.every(({ outcome }) => outcome !== "running") && calls;
  });
  const inLog = items.map(({ call_id, outcome }) => `${call_id} ${outcome === "ok" ? "ok" : "failed"}`);
  assert.deepEqual(inLog.toSorted(), atModel.toSorted());
  return row;
}
