const SESSION = "ses_cart";
const agents = [
  ["planner", "Plan", "claude-opus-5-5"],
  ["search", "Explore", "claude-haiku-5"],
  ["reviewer", "Explore", "claude-sonnet-5"],
  ["tests", "general-purpose", "claude-sonnet-5"],
  ["migrate", "general-purpose", "claude-sonnet-5"],
  ["styles", "general-purpose", "claude-haiku-5"],
  ["docs", "general-purpose", "claude-haiku-5"],
  ["unit", "general-purpose", "claude-haiku-5", "tests"],
  ["e2e", "general-purpose", "claude-sonnet-5", "tests"],
  ["schema", "Explore", "claude-haiku-5", "planner"],
] as const;
const calls = [
  ["Bash", "npm test -- cart"],
  ["Read", "src/cart/total.ts"],
  ["Grep", "applyDiscount"],
  ["Edit", "src/cart/index.ts"],
] as const;
const LENGTH_MS = 290_000;

/** A session of eleven agents that is at work at `nowMs`: some run calls, one waits for a person, some calls failed. */
export function cartStory(nowMs: number): object[] {
  const started = nowMs - LENGTH_MS;
  const told = (type: string, ms: number, data: object, agent = "main") => ({
    type,
    source: "claude-code/hook",
    session_id: SESSION,
    agent_id: `agt_${agent}`,
    timestamp: new Date(Math.min(started + ms, nowMs)).toISOString(),
    data,
  });
  const words = (id: string, text: string) => ({ message_id: `msg_${id}`, role: "assistant", parts: [{ kind: "text", text }] });
  return [
    told("session.started", 0, {
      app: "claude-code",
      title: "Discounts in the cart total",
      project: "shop",
      model: "claude-opus-5-5",
      git_branch: "feat/checkout",
    }),
    told("turn.started", 200, {
      turn_id: "trn_cart",
      prompt: "Apply discounts to the cart total, with tests and a migration.",
      origin: "human",
    }),
    told("message.added", 1_500, words("plan", "I will look at the **cart** first, then split the work between helpers.")),
    ...agents.flatMap(([name, agent_type, model, parent = "main"], index) => {
      const from = 6_000 + index * 9_000;
      const task = `Work on ${name}: read what is there, change nothing that is not asked for.`;
      return [
        told("agent.spawned", from, { name, agent_type, model, parent_agent_id: `agt_${parent}`, task, edge: "reported" }, name),
        ...Array.from({ length: 9 }, (_, turn) => {
          const [tool, title] = calls[(turn + index) % calls.length]!;
          const at = from + 2_000 + turn * 19_000;
          const id = `call_${name}_${turn}`;
          const usage = { input: 180, cache_read: 22_000 + turn * 3_100, cache_write_5m: 1_900, output: 640 };
          return [
            told("model.responded", at - 500, { request_id: `req_${name}_${turn}`, model, usage, duration_ms: 1_400 }, name),
            told("tool.started", at, { call_id: id, name: tool, title, request_id: `req_${name}_${turn}` }, name),
            told("tool.ended", at + 1_200 + turn * 700, { call_id: id, outcome: (turn + index) % 11 === 7 ? "error" : "ok" }, name),
          ];
        }).flat(),
        told(
          "tool.started",
          LENGTH_MS - 4_000 + index * 200,
          { call_id: `call_${name}_now`, name: calls[index % 4]![0], title: calls[index % 4]![1] },
          name,
        ),
      ];
    }),
    told(
      "ask.opened",
      LENGTH_MS - 2_000,
      { ask_id: "ask_push", kind: "permission", tool: "Bash", prompt: "git push origin feat/checkout" },
      "reviewer",
    ),
  ];
}
