import assert from "node:assert/strict";
import { test } from "node:test";
import { translateLine } from "./claude/transcript.ts";
import { createAcp } from "./acp/acp.ts";
import { createRollout } from "./codex/rollout.ts";
import { createOpencode } from "./opencode/opencode.ts";
import { imagesIn } from "./images.ts";
import { readLines } from "../testing/truth-clients.ts";

const data = "iVBORw0KGgoAAAANSUhEUg==";
const address = `data:image/png;base64,${data}`;
const told = { kind: "image", media_type: "image/png", text: address };

test("each client's form of an image is one part with its bytes", () => {
  const forms = [
    { type: "image", source: { type: "base64", media_type: "image/png", data } },
    { type: "image", data, mimeType: "image/png" },
    { inlineData: { mimeType: "image/png", data } },
    { type: "file", mime: "image/png", filename: "a.png", url: address },
  ];
  assert.deepEqual(
    imagesIn(forms),
    forms.map(() => told),
  );
  assert.deepEqual(imagesIn([{ type: "input_image", image_url: address }]), [{ kind: "image", text: address }]);
});

test("an image elsewhere keeps its address, one too large or of other bytes loses them, and what is none is none", () => {
  const at = "https://example.com/a.png";
  assert.deepEqual(imagesIn([{ type: "image", source: { type: "url", url: at } }]), [{ kind: "image", text: at }]);
  const bytes = [`iVBORw0KGgo${"A".repeat(7_000_001)}`, "<script>", "javascript:alert(1)"];
  for (const each of bytes)
    assert.deepEqual(imagesIn([{ type: "image", data: each, mimeType: "image/png" }]), [{ kind: "image", media_type: "image/png" }]);
  for (const junk of [
    undefined,
    "image",
    [3, null, {}, { type: "text", text: address }, { type: "file", mime: "text/plain", url: "data:," }],
  ])
    assert.deepEqual(imagesIn(junk), []);
});

test("prompts with an image keep it: Claude Code, Codex, ACP, opencode", () => {
  const prompt = (readLines("claude-code/simple-tools/transcript.jsonl") as { type: string; message?: { content?: unknown } }[]).find(
    ({ type, message }) => type === "user" && typeof message?.content === "string",
  )!;
  const content = [
    { type: "text", text: "what is this" },
    { type: "image", source: { type: "base64", media_type: "image/png", data } },
  ];
  const claude = translateLine({ ...prompt, message: { ...prompt.message, content } }, {}).events;

  const rollout = createRollout();
  const codex = (readLines("codex/simple/rollout-1.jsonl") as { type: string; payload: Record<string, unknown> }[]).flatMap((line) => {
    const isPrompt = line.type === "response_item" && line.payload["role"] === "user";
    const pieces = [...((line.payload["content"] as unknown[] | undefined) ?? []), { type: "input_image", image_url: address }];
    return rollout.translate(isPrompt ? { ...line, payload: { ...line.payload, content: pieces } } : line).events;
  });

  const acp = createAcp({ only: true });
  const frames = readLines("acp/gemini-cli/simple/acp.jsonl") as {
    dir: string;
    msg: { method?: string; params?: Record<string, unknown> };
  }[];
  const spoken = frames.flatMap(({ dir, msg }) => {
    const isPrompt = msg.method === "session/prompt";
    const asked = isPrompt
      ? { ...msg, params: { ...msg.params, prompt: [...content.slice(0, 1), { type: "image", data, mimeType: "image/png" }] } }
      : msg;
    return acp.translate(asked, dir === "client->agent" ? "to_agent" : "to_client", "2026-11-20T10:00:00.000Z").events;
  });

  const opencode = createOpencode();
  const chat = (
    readLines("opencode/serve-simple/events.jsonl") as { event: { properties?: { part?: Record<string, unknown> } } }[]
  ).flatMap(({ event }) => {
    const part = event.properties?.part;
    const isWords = part?.["type"] === "text" && part["time"] === undefined;
    const own = isWords ? { ...part, id: `${String(part["id"])}x`, type: "file", mime: "image/png", url: address } : part;
    return opencode.event(
      part === undefined ? event : { ...event, properties: { ...event.properties, part: own } },
      "2026-11-20T10:00:00.000Z",
    ).events;
  });

  for (const [name, events] of Object.entries({ claude, codex, spoken, chat })) {
    const parts = events.flatMap((event) =>
      event.type === "message.added" ? (event.data as { parts: { kind: string; text?: string }[] }).parts : [],
    );
    assert.equal(parts.find(({ kind }) => kind === "image")?.text, address, name);
  }
});
