// The real Claude Code: the log equals the account of the model server; sub-agents, questions and budgets.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Turn } from "../../src/testing/model-server.ts";
import { until } from "../../src/testing/until.ts";
import { sameAccount } from "./account.ts";
import { claudeMachine } from "./claude-machine.ts";

const bash = (id: string, command: string) => ({ id, name: "Bash", input: { command, description: "as told" } });

const agent = (id: string, description: string, prompt: string) => ({
  id,
  name: "Agent",
  input: { description, prompt, subagent_type: "general-purpose", run_in_background: false },
});

test("the log equals the model server's own account: requests, tokens, calls and what came of them", async (t) => {
  const machine = await claudeMachine(t, {
    work: [
      {
        text: "First I look.",
        tools: [bash("toolu_1", "echo looking"), bash("toolu_2", "cat missing.txt")],
        usage: { input_tokens: 1_200, output_tokens: 31 },
      },
      {
        tools: [agent("toolu_3", "helps", "lend a hand")],
        usage: { input_tokens: 7, output_tokens: 13, cache_read_input_tokens: 1_200 },
      },
      { tools: [bash("toolu_5", "touch made.txt")], usage: { input_tokens: 11, output_tokens: 17, cache_read_input_tokens: 1_207 } },
      { text: "That is all.", usage: { input_tokens: 19, output_tokens: 23, cache_read_input_tokens: 1_218 } },
    ],
    "lend a hand": [
      { tools: [agent("toolu_6", "looks closer", "look closer")], usage: { input_tokens: 307, output_tokens: 47 } },
      { tools: [bash("toolu_4", "touch child.txt")], usage: { input_tokens: 301, output_tokens: 41 } },
      { text: "Lent.", usage: { input_tokens: 29, output_tokens: 43, cache_read_input_tokens: 301 } },
    ],
    "look closer": [
      { tools: [bash("toolu_7", "touch grandchild.txt")], usage: { input_tokens: 311, output_tokens: 53 } },
      { text: "Seen.", usage: { input_tokens: 37, output_tokens: 59, cache_read_input_tokens: 311 } },
    ],
  });
  const { serve, connect, claude, asked, answer, get, model, project, wantedOutside } = machine;
  await serve();
  await connect("--answer");
  const run = claude("work");
  for (const [call, task] of [
    ["toolu_7", "looks closer"],
    ["toolu_4", "helps"],
  ]) {
    const { ask_id, call_id } = await asked();
    assert.equal(call_id, `call_${call}`);
    // What a helper is for is told by the call that started it, on a way of its own.
    await until("who asks is known by its task", async () => (await get<{ agent?: string }>(`/asks/${ask_id}`)).agent === task);
    await answer({ decision: "allow" });
  }
  await answer({ decision: "deny", message: "not now" });
  const { code, out, err } = await run.ended;
  assert.deepEqual([code, out], [0, "That is all.\n"], err);

  const { session_id } = await until("the session has ended", async () => {
    const { items } = await get<{ items: { session_id: string; status: string }[] }>("/sessions");
    return items.find(({ status }) => status === "ended");
  });
  const { agents, calls } = await sameAccount(machine, session_id, model.asked);
  assert.deepEqual(
    agents.map(({ label, depth, requests }) => [label, depth, requests]),
    [
      ["main", 0, 4],
      ["helps", 1, 3],
      ["looks closer", 2, 2],
    ],
  );
  assert.deepEqual(calls, { ...calls, running: 0, ok: 5, error: 1, denied: 1 });
  assert.deepEqual(
    ["grandchild.txt", "child.txt", "made.txt"].map((name) => existsSync(join(project, name))),
    [true, true, false],
  );
  assert.deepEqual(wantedOutside, []);
});

test("a helper in the background, a model that is overloaded and one that fails: told as they were, and nobody is said to have written a notification", async (t) => {
  const machine = await claudeMachine(t, {
    work: [
      { tools: [{ ...agent("toolu_1", "digs", "dig deep"), input: { ...agent("", "digs", "dig deep").input, run_in_background: true } }] },
      { text: "It digs.", refused: { times: 1, status: 529, type: "overloaded_error", message: "Overloaded" } },
      { text: "It has dug." },
    ],
    "dig deep": [{ tools: [bash("toolu_2", "touch hole.txt")] }, { text: "Dug." }],
    broken: [{ refused: { times: 100, status: 400, type: "invalid_request_error", message: "No such thing." } }],
  });
  const { serve, connect, claude, get, model } = machine;
  await serve();
  await connect();
  const { code, err } = await claude("work", "--allowedTools", "Bash").ended;
  assert.equal(code, 0, err);
  const { session_id } = await until("the session has ended", async () => {
    const { items } = await get<{ items: { session_id: string; status: string }[] }>("/sessions");
    return items.find(({ status }) => status === "ended");
  });
  const { agents } = await sameAccount(machine, session_id, model.asked);
  const askedBy = (name: string) => model.asked.filter(({ script }) => script === name).length;
  assert.deepEqual(
    agents.map(({ label, requests }) => [label, requests]),
    [
      ["main", askedBy("work")],
      ["digs", askedBy("dig deep")],
    ],
  );
  assert.equal(model.refused.length, 1);
  const { items } = await get<{ items: { role: string; parts: object[] }[] }>(`/sessions/${session_id}/messages?limit=100`);
  const notified = items.filter(({ parts }) => JSON.stringify(parts).includes("<task-notification>"));
  assert.deepEqual(
    notified.map(({ role }) => role),
    ["system"],
  );

  assert.equal((await claude("broken").ended).code, 1);
  const failed = await until("the failure is told", async () => {
    const { items: events } = await get<{ items: { data: { class: string; status?: number } }[] }>("/events?types=model.failed&limit=50");
    return events.find(({ data }) => data.status === 400)?.data;
  });
  assert.equal(failed.class, "invalid_request");
});

test("a question that the client asks is answered in the inbox, and the model reads the answer", async (t) => {
  const questions = [
    {
      question: "Which colour?",
      header: "Colour",
      options: [
        { label: "Red", description: "warm" },
        { label: "Blue", description: "cold" },
      ],
      multiSelect: true,
    },
  ];
  const { serve, connect, talk, asked, answer, model } = await claudeMachine(t, {
    paint: [{ tools: [{ id: "toolu_q", name: "AskUserQuestion", input: { questions } }] }],
  });
  await serve();
  await connect("--answer");
  const run = talk("paint");
  const ask = await asked();
  assert.deepEqual([ask.kind, ask.prompt, ask.questions?.length], ["question", "Which colour?", 1]);
  await answer({ value: { "Which colour?": ["Red", "Blue"] } });
  assert.equal((await run.ended).code, 0);
  assert.match(model.resultOf("toolu_q")?.text ?? "", /"Which colour\?"="Red, Blue"/);
});

test("a budget that is used up denies the next call before it is made, with the reason, also what the client would allow", async (t) => {
  const turns: Turn[] = [
    { tools: [bash("toolu_1", "touch first.txt")] },
    // Not in the answer that wants the call: it may be counted before the call is looked at.
    { text: "That was dear.", usage: { input_tokens: 1_000_000, output_tokens: 1_000 } },
  ];
  const { serve, connect, claude, send, get, model, project } = await claudeMachine(t, {
    spend: turns,
    more: [{ tools: [bash("toolu_3", "touch third.txt")] }],
  });
  await serve();
  await connect("--answer");
  await send("PUT", "/budgets/bud_small", { scope: "project", limit_usd: 0.5, warn_percent: 80 });
  await claude("spend", "--allowedTools", "Bash").ended;
  assert.equal(existsSync(join(project, "first.txt")), true);
  await until("the budget is used up", async () => {
    const { items } = await get<{ items: { state: string }[] }>("/budgets");
    return items[0]?.state === "exceeded";
  });
  // Standings are looked at anew every two seconds.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal((await claude("more", "--allowedTools", "Bash").ended).code, 0);
  assert.equal(existsSync(join(project, "third.txt")), false);
  assert.match(model.resultOf("toolu_3")?.text ?? "", /budget bud_small: \$\d+\.\d+ of \$0\.5 are spent/);
});
