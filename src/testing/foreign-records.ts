import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createAcp } from "../formats/acp/acp.ts";
import { translateHook } from "../formats/claude/hook.ts";
import { createStream } from "../formats/claude/stream.ts";
import { translateTaskFile, translateTeamFile } from "../formats/claude/folder-files.ts";
import { createStatusLine } from "../formats/claude/status-line.ts";
import { translateAgentMeta } from "../formats/claude/subagent.ts";
import { translateLine } from "../formats/claude/transcript.ts";
import { createExec } from "../formats/codex/exec.ts";
import { translateHook as translateCodexHook } from "../formats/codex/hook.ts";
import { createRollout } from "../formats/codex/rollout.ts";
import { createChat } from "../formats/gemini/chat.ts";
import { createHooks as createGeminiHooks } from "../formats/gemini/hook.ts";
import { createStream as createGeminiStream } from "../formats/gemini/stream.ts";
import { createKei } from "../formats/kei/kei.ts";
import { translateMapped } from "../formats/mapped/mapped.ts";
import { readMapping } from "../formats/mapped/mapping.ts";
import { translateMpm } from "../formats/mpm/mpm.ts";
import { createOpencode } from "../formats/opencode/opencode.ts";
import { readExport, type OtlpRecord, type Signal } from "../formats/otlp/records.ts";
import { createOtlp } from "../formats/otlp/translate.ts";
import type { Translation } from "../formats/translation.ts";

const fixtures = join(import.meta.dirname, "../../test/fixtures");

const AT = "2026-11-20T10:00:00.000Z";

/** Reads one record after the other, and remembers what it must of those before. */
export type Read = (line: unknown) => Translation;

/** How each kind of recorded file is read, by client and by the beginning of its name. */
const readers: Readonly<Record<string, () => Read>> = {
  "claude-code/hooks": () => (line) => translateHook(Object(line).payload, AT),
  "claude-code/http-hooks": () => (line) => translateHook(Object(line).body, AT),
  "claude-code/transcript": () => (line) => translateLine(line, {}),
  "claude-code/stream": () => {
    const read = createStream().translate;
    return (line) => read(line, AT);
  },
  "claude-code/control": () => {
    const read = createStream().translate;
    return (line) => read(Object(line).msg ?? line, AT);
  },
  "claude-code/otel": () => {
    const read = createOtlp();
    return (line) => {
      const { signal, body } = line as { signal: Signal; body: unknown };
      const batch = readExport(signal.split(" ")[0] as Signal, { json: body });
      return { events: "problem" in batch ? [] : batch.records.flatMap((record) => read(record, AT).events) };
    };
  },
  "codex/hooks": () => (line) => translateCodexHook(Object(line).payload, AT),
  "codex/rollout": () => createRollout().translate,
  "codex/exec": () => {
    const exec = createExec({ only: true });
    return (line) => exec.translate(line, AT);
  },
  "gemini-cli/hooks": () => {
    const hooks = createGeminiHooks();
    return (line) => hooks.translate(Object(line).payload);
  },
  "gemini-cli/chat": () => createChat().translate,
  "gemini-cli/stream": () => {
    const stream = createGeminiStream();
    return (line) => stream.translate(line);
  },
  "opencode/run": () => {
    const opencode = createOpencode({ only: true });
    return (line) => opencode.line(line);
  },
  "opencode/events": () => {
    const opencode = createOpencode({});
    return (line) => opencode.event(Object(line).event, AT);
  },
  "opencode/http": () => {
    const opencode = createOpencode({});
    return (line) => {
      const { path, response } = line as { path: string; response: unknown };
      return path.endsWith("/message") ? opencode.messages(response, AT) : opencode.sessions(response, AT);
    };
  },
  "opencode/export": () => (line) => createOpencode().messages(line, AT),
  "claude-code/meta": () => (line) => translateAgentMeta(line, { sessionId: "s1", agentId: "a1", timestamp: AT }),
  "acp/acp": () => {
    const acp = createAcp({ only: true });
    return (line) => acp.translate(Object(line).msg, Object(line).dir === "client->agent" ? "to_agent" : "to_client", AT);
  },
};

const SESSION = "5171bcef-3d8f-4dbc-8af2-c28d4c19cff1";

const inTasks = { folder: SESSION, at: AT };

/** Records of sources that no recording has a file of. */
const constructed: Readonly<Record<string, readonly [open: () => Read, lines: readonly object[]]>> = {
  "status line": [
    () => (line) => createStatusLine().translate(line, AT),
    [
      {
        session_id: "s1",
        session_name: "a name",
        cwd: "/p",
        transcript_path: "/x/s1.jsonl",
        version: "2",
        model: { id: "claude-opus-5-5", display_name: "Opus" },
        workspace: { current_dir: "/p", project_dir: "/p" },
        output_style: { name: "default" },
        cost: { total_cost_usd: 1 },
        context_window: { context_window_size: 200_000, used_percentage: 4 },
        rate_limits: { five_hour: { used_percentage: 40, resets_at: "2026-11-20T12:00:00Z" } },
      },
    ],
  ],
  task: [
    () => (line) => translateTaskFile(line, inTasks),
    [
      {
        id: "1",
        subject: "Paint",
        description: "the house",
        activeForm: "Painting",
        status: "pending",
        owner: "me",
        blocks: [],
        blockedBy: ["2"],
      },
    ],
  ],
  "task of a team": [
    () => (line) => translateTaskFile(line, { ...inTasks, folder: "shop-team" }),
    [{ id: "1", subject: "Paint", status: "pending" }],
  ],
  team: [
    () => (line) => translateTeamFile(line, { team: "shop", name: "config.json", at: AT }),
    [{ name: "shop", description: "sells", members: [{ name: "lead", prompt: "lead them", model: "opus", cwd: "/p" }] }],
  ],
  inbox: [
    () => (line) => translateTeamFile(line, { team: "shop", name: "lead.json", at: AT }),
    [{ messages: [{ from: "painter", text: "done" }] }],
  ],
  kei: [
    () => {
      const kei = createKei();
      return (line) => kei.translate(line);
    },
    [
      { ts: AT, event: "agent_spawn", id: "toolu_1", parent_id: "s1", subagent_type: "Explore", model: "sonnet", prompt_preview: "look" },
      { ts: AT, event: "tool_use", id: "toolu_2", agent_id: "toolu_1", tool: "Read" },
      { ts: AT, event: "skill_use", id: "toolu_3", agent_id: "s1", skill: "tidy", success: true },
      { ts: AT, event: "agent_done", id: "toolu_1", outcome: "functional", duration_ms: 3_000, tool_use_count: 1 },
      { ts: AT, event: "moon_phase", agent_id: "main", note: "full" },
    ],
  ],
  mpm: [
    () => (line) => translateMpm(line, AT),
    [
      { subtype: "user_prompt", data: { prompt_text: "go", session_id: "m1" } },
      { subtype: "pre_tool", data: { tool_name: "Bash", tool_parameters: { command: "ls" }, session_id: "m1", correlation_id: "c1" } },
      {
        subtype: "post_tool",
        data: { tool_name: "Bash", success: false, output: "no", error: "bad", session_id: "m1", correlation_id: "c1" },
      },
      { subtype: "subagent_stop", data: { agent_type: "engineer", reason: "completed", session_id: "m1" } },
      { subtype: "moon", data: { phase: "full", session_id: "m1" } },
    ].map((told) => ({
      namespace: "",
      event: "claude_event",
      data: { event: "mpm_event", source: "hook", type: "hook", timestamp: AT, ...told },
    })),
  ],
  mapped: [
    () => {
      const read = readMapping({
        app: "my-agent",
        way: "transcript",
        session: "${run}",
        agent: "${worker}",
        time: "${ts}",
        type: "${kind}",
        events: {
          ask: [{ event: "turn.started", key: "${n}", data: { turn_id: "${run}-${n}", prompt: "${text}", origin: "human" } }],
          tool: [{ event: "tool.started", key: "${call}", data: { call_id: "${call}", name: "${tool}", input: "${args}" } }],
        },
      });
      assert.ok(read.ok);
      return (line) => translateMapped(line, read.mapping);
    },
    [
      { kind: "ask", ts: 1_795_169_704_000, run: "r1", worker: "w1", n: 1, text: "Fix the cart" },
      {
        kind: "tool",
        ts: 1_795_169_704_000,
        run: "r1",
        worker: "w1",
        call: "c1",
        tool: "sh",
        args: { command: "ls", env: { HOME: "/p" } },
      },
      { kind: "other", ts: 1_795_169_704_000, run: "r1", note: "nobody knows" },
    ],
  ],
  "otlp of codex": [
    openOtlp,
    otlpLogs("codex_cli_rs", ["codex.conversation_starts", "codex.user_prompt", "codex.tool_result", "codex.sse_event", "codex.moon"]),
  ],
  "otlp of gemini": [
    openOtlp,
    otlpLogs("gemini-cli", [
      "gemini_cli.config",
      "gemini_cli.user_prompt",
      "gemini_cli.tool_call",
      "gemini_cli.api_response",
      "gemini_cli.moon",
    ]),
  ],
  "otlp of others": [
    openOtlp,
    [
      { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "lead", "gen_ai.input.messages": "[]" },
      {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look",
        "gen_ai.tool.call.arguments": "{}",
        "gen_ai.tool.call.result": "r",
      },
      { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.id": "r1" },
      { "http.method": "GET" },
    ].map((attributes) => ({
      resource: { "service.name": "crew" },
      scope: { name: "x", version: "1" },
      kind: "span",
      name: "n",
      traceId: "t1",
      spanId: "s1",
      startMs: 1_795_169_704_000,
      endMs: 1_795_169_705_000,
      attributes,
      status: { code: 0, message: "m" },
      events: [{ name: "exception", attributes: { "exception.message": "m" } }],
    })),
  ],
};

/** The kinds of records that `foreignRecords` gives. */
export const recordKinds: readonly string[] = [...Object.keys(readers), ...Object.keys(constructed)];

/** Every record that is recorded or made here, by its source: the kind, what opens a reader, and the records in their order. */
export function* foreignRecords(): Generator<readonly [kind: string, open: () => Read, records: readonly unknown[]]> {
  for (const file of recordedFiles(fixtures)) {
    const kind = kindOf(file);
    if (kind === undefined) continue;
    const text = readFileSync(file, "utf8");
    const lines = file.endsWith(".json") ? [text] : text.split("\n").filter(Boolean);
    yield [kind, readers[kind]!, lines.map((line): unknown => JSON.parse(line))];
  }
  for (const [kind, [open, records]] of Object.entries(constructed)) yield [kind, open, records];
}

function* recordedFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) yield* recordedFiles(join(folder, entry.name));
    else if (/\.jsonl$|\.meta\.json$|^export\.json$/.test(entry.name)) yield join(folder, entry.name);
}

function kindOf(path: string): string | undefined {
  const client = path.slice(fixtures.length + 1).split("/")[0]!;
  const file = path.endsWith(".meta.json") ? "meta" : path.includes("/subagents/") ? "transcript" : path.slice(path.lastIndexOf("/") + 1);
  return Object.keys(readers).find((each) => `${client}/${file}`.startsWith(each));
}

function openOtlp(): Read {
  const read = createOtlp();
  return (record) => read(record as OtlpRecord, AT);
}

function otlpLogs(service: string, names: readonly string[]): object[] {
  const ids = { "conversation.id": "c1", "session.id": "c1", prompt_id: "p1", call_id: "k1", "event.timestamp": AT };
  const words = {
    prompt: "go",
    tool_name: "shell",
    function_name: "shell",
    arguments: "{}",
    function_args: "{}",
    output: "o",
    model: "m",
    "event.kind": "response.completed",
  };
  return names.map((name) => ({
    resource: { "service.name": service },
    scope: { name: service },
    kind: "log",
    name,
    atMs: 1_795_169_704_000,
    body: "b",
    attributes: { "event.name": name, ...ids, ...words },
  }));
}
