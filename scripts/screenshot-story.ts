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

const projects = {
  shop: ["Discounts in the cart total", "Taxes by country", "Write the guide to refunds"],
  lab: ["Plot the runs of the week", "Fit the curve again"],
  infra: ["Speed up the checks", "Rotate the keys"],
  site: ["A page for every release"],
} as const;

/** Eight sessions in four projects, at work at `nowMs`: one list of events for each. */
export function constellationStory(nowMs: number): object[][] {
  return Object.entries(projects).flatMap(([project, titles], row) =>
    titles.map((title, column) => {
      const session_id = `ses_${project}_${column}`;
      const helpers = agents.slice(0, 2 + ((row * 3 + column * 4) % 7));
      const told = (type: string, agoMs: number, data: object, agent = "main") => ({
        type,
        source: "claude-code/hook",
        session_id,
        agent_id: `agt_${agent}`,
        timestamp: new Date(nowMs - agoMs).toISOString(),
        data,
      });
      return [
        told("session.started", 60_000, { app: "claude-code", title, project, model: "claude-opus-5-5" }),
        told("tool.started", 3_000, { call_id: `call_${session_id}`, name: "Bash", title: "npm test" }),
        ...helpers.flatMap(([name, agent_type, model], index) => [
          told("agent.spawned", 50_000 - index * 1_000, { name, agent_type, model, parent_agent_id: "agt_main", edge: "reported" }, name),
          told(
            "model.responded",
            20_000,
            { request_id: `req_${session_id}_${name}`, model, usage: { input: 400, cache_read: 60_000, output: 2_400 } },
            name,
          ),
          ...(index % 2 === 0
            ? [told("tool.started", 2_000, { call_id: `call_${session_id}_${name}`, name: "Edit", title: "src" }, name)]
            : []),
        ]),
      ];
    }),
  );
}

const earlier = [
  ["shop", "Refunds by part", 3, "claude-sonnet-5"],
  ["shop", "Why is the checkout slow", 7, "claude-opus-5-5"],
  ["lab", "Plot the runs of the week", 26, "claude-sonnet-5"],
  ["infra", "Rotate the keys", 31, "claude-haiku-5"],
  ["site", "A page for every release", 52, "claude-sonnet-5"],
  ["lab", "Fit the curve again", 74, "claude-opus-5-5"],
  ["infra", "Speed up the checks", 99, "claude-sonnet-5"],
] as const;

/** Sessions that ended before `nowMs`, the last some hours ago: one list of events for each. */
export function earlierStory(nowMs: number): object[][] {
  return earlier.map(([project, title, hoursAgo, model], index) => {
    const session_id = `ses_earlier_${index}`;
    const began = nowMs - hoursAgo * 3_600_000;
    const told = (type: string, ms: number, data: object) => ({
      type,
      source: "claude-code/transcript",
      session_id,
      agent_id: "agt_main",
      timestamp: new Date(began + ms).toISOString(),
      data,
    });
    return [
      told("session.started", 0, { app: "claude-code", title, project, model }),
      told("turn.started", 100, { turn_id: `trn_${session_id}`, prompt: title, origin: "human" }),
      ...Array.from({ length: 6 + index * 2 }, (_, no) => {
        const [tool, words] = calls[no % calls.length]!;
        const id = `${session_id}_${no}`;
        const usage = {
          input: 300,
          cache_read: no === 0 ? 0 : 30_000 + no * 4_000,
          cache_write_5m: no === 0 ? 28_000 : 3_200,
          output: 900,
        };
        return [
          told("model.responded", 2_000 + no * 20_000, { request_id: `req_${id}`, model, usage, duration_ms: 1_900 }),
          told("tool.started", 4_000 + no * 20_000, { call_id: `call_${id}`, name: tool, title: words, request_id: `req_${id}` }),
          told("tool.ended", 5_500 + no * 20_400, { call_id: `call_${id}`, outcome: no === 4 ? "error" : "ok" }),
        ];
      }).flat(),
      told("session.ended", 600_000, { reason: "logout" }),
    ];
  });
}
