// The real Claude Code in a terminal: its own prompt and the inbox ask at the same time, and the first answer holds.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../../src/testing/until.ts";
import { claudeMachine } from "./claude-machine.ts";

const scripts = {
  make: [
    { tools: [{ id: "toolu_a", name: "Bash", input: { command: "touch made.txt", description: "as told" } }] },
    { text: "It is made." },
  ],
};

test("an answer in the inbox closes the client's own prompt, and the call is made", async (t) => {
  const { serve, connect, terminal, answer, project } = await claudeMachine(t, scripts);
  await serve();
  await connect("--answer", "--no-otel");
  const { screen } = terminal("make");
  await until("the client asks too", () => screen().includes("Do you want to proceed?"));
  assert.equal(existsSync(join(project, "made.txt")), false);
  await answer({ decision: "allow" });
  await until("the turn is over", () => screen().includes("It is made."));
  assert.equal(screen().includes("Do you want to proceed?"), false);
  assert.equal(existsSync(join(project, "made.txt")), true);
});

test("an answer at the client's own prompt takes the ask back, and nobody is asked any more", async (t) => {
  const { serve, connect, terminal, asked, get, project } = await claudeMachine(t, scripts);
  await serve();
  await connect("--answer", "--no-otel");
  const { screen, press } = terminal("make");
  const { ask_id } = await asked();
  await until("the client asks too", () => screen().includes("Do you want to proceed?"));
  await until("the client took the key", () => {
    if (existsSync(join(project, "made.txt"))) return true;
    press("Enter");
    return false;
  });
  const closed = await until("the ask is over", async () => {
    const ask = await get<{ state: string; outcome: string; reason?: string }>(`/asks/${ask_id}`);
    return ask.state === "closed" ? ask : undefined;
  });
  assert.match(closed.reason ?? "", /where the agent works/);
  await until("how it was decided is known", async () => (await get<{ outcome: string }>(`/asks/${ask_id}`)).outcome === "allowed");
  assert.deepEqual((await get<{ items: unknown[] }>("/asks")).items, []);
});

test("whoever leaves a question at the client takes it back in the inbox", async (t) => {
  const questions = [
    {
      question: "Which colour?",
      header: "Colour",
      multiSelect: false,
      options: [
        { label: "Red", description: "warm" },
        { label: "Blue", description: "cold" },
      ],
    },
  ];
  const { serve, connect, terminal, asked, get } = await claudeMachine(t, {
    paint: [{ tools: [{ id: "toolu_q", name: "AskUserQuestion", input: { questions } }] }],
  });
  await serve();
  await connect("--answer", "--no-otel");
  const { press } = terminal("paint");
  const { ask_id, kind } = await asked();
  assert.equal(kind, "question");
  let pressedMs = 0;
  const closed = await until("the ask is over", async () => {
    const ask = await get<{ state: string; outcome: string }>(`/asks/${ask_id}`);
    if (ask.state === "closed") return ask;
    if (performance.now() - pressedMs > 3_000) press("Escape");
    if (performance.now() - pressedMs > 3_000) pressedMs = performance.now();
    return undefined;
  });
  assert.equal(closed.outcome, "cancelled");
});
