import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Caller } from "../contract/operations/index.ts";
import { translateHook } from "../formats/claude/hook.ts";
import { openSqliteLog } from "../log/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createHistory } from "./history.ts";
import { createInjections } from "./injections.ts";
import { createProjector } from "./projector.ts";

const person: Caller = { door: "http", actor: "ana" };
const agent: Caller = { door: "http", actor: "local" };

function setUp(t: TestContext, given?: string) {
  const folder = given ?? mkdtempSync(join(tmpdir(), "orrery-inject-"));
  const work = join(folder, "work");
  mkdirSync(work, { recursive: true });
  if (given === undefined) t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createFakeClock();
  const log = openSqliteLog({ home: folder, clock });
  const projector = createProjector({ log, history: createHistory(log), clock });
  log.onCommit(projector.apply);
  const injections = createInjections({ log, clock, session: projector.session, onError: assert.ifError });
  log.onCommit(injections.apply);
  let seen = 0;
  const { "ingest.claude_code": take } = injections.carrying({
    "ingest.claude_code": async ({ bodies }) => {
      await log.append(bodies.flatMap((body) => translateHook(body, new Date(clock.now() + seen++).toISOString()).events));
    },
  });
  const place = { session_id: "s1", cwd: work, transcript_path: "/t.jsonl" };
  return {
    folder,
    work,
    log,
    ...injections.handlers,
    hook: (name: string, more: object = {}) =>
      take({ bodies: [{ ...place, prompt_id: `p${seen}`, hook_event_name: name, ...more }] }, agent),
    hooks: (...names: string[]) => take({ bodies: names.map((hook_event_name) => ({ ...place, hook_event_name, prompt: "Go." })) }, agent),
    posted: (body: object) => take({ bodies: [body] }, agent),
  };
}

const of = { session_id: "ses_s1" };
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;
const said = (answer: unknown) => (answer as { hookSpecificOutput?: { additionalContext?: string } } | undefined)?.hookSpecificOutput;

test("what waits goes out once, with the next hook of its agent that can carry it", async (t) => {
  const { hook, hooks, posted, log, ...context } = setUp(t);
  t.after(() => log.close());
  assert.equal(await hook("UserPromptSubmit", { prompt: "Go." }), undefined, "nothing waits, nothing is said");
  const first = await context["context.inject"]({ ...of, text: "Staging is read-only." }, person);
  await context["context.inject"]({ ...of, text: "Tests are slow today." }, person);
  assert.deepEqual([first.state, first.agent_id, first.by, first.door], ["waiting", "agt_main", "ana", "http"]);
  assert.equal(await hook("Notification", { message: "x" }), undefined, "a hook whose answer says nothing to the agent");
  assert.equal(await hook("PreToolUse", { agent_id: "a1", tool_name: "Bash", tool_use_id: "t1", tool_input: {} }), undefined);
  assert.equal(await hooks("UserPromptSubmit", "UserPromptSubmit"), undefined, "several come from a spool: nobody reads the answer");
  const waits = { session_id: "s1", hook_event_name: "UserPromptSubmit", prompt: "Go." };
  assert.equal(await posted({ received_at: "2026-11-20T10:00:00.000Z", body: waits }), undefined, "nor from the sender");
  const answers = await Promise.all([
    hook("PostToolUse", { tool_name: "Bash", tool_use_id: "t2", tool_input: {}, tool_response: {} }),
    hook("PreToolUse", { tool_name: "Bash", tool_use_id: "t3", tool_input: {} }),
  ]);
  const carried = answers.flatMap((answer) => said(answer) ?? []);
  assert.deepEqual(
    carried.map(({ additionalContext }) => additionalContext).join("\n\n"),
    "Staging is read-only.\n\nTests are slow today.",
    "each once, though two hooks came at a time",
  );
  assert.equal(await hook("UserPromptSubmit", { prompt: "And?" }), undefined);
  const { items } = await context["context.list"]({ ...of, limit: 50 }, person);
  assert.deepEqual(
    items.map(({ state, text }) => [state, text]),
    [
      ["delivered", "Tests are slow today."],
      ["delivered", "Staging is read-only."],
    ],
  );
  await assert.rejects(async () => context["context.withdraw"]({ injection_id: first.injection_id }, person), code("INJECTION_OVER"));
});

test("a sub-agent is told by its own hooks only", async (t) => {
  const { hook, log, ...context } = setUp(t);
  t.after(() => log.close());
  await hook("UserPromptSubmit", { prompt: "Go." });
  await assert.rejects(async () => context["context.inject"]({ ...of, agent_id: "agt_a1", text: "x" }, person), code("NOT_FOUND"));
  await hook("SubagentStart", { agent_id: "a1", agent_type: "Explore" });
  await context["context.inject"]({ ...of, agent_id: "agt_a1", text: "Look in src." }, person);
  assert.equal(await hook("UserPromptSubmit", { prompt: "More." }), undefined);
  const answer = await hook("PreToolUse", { agent_id: "a1", tool_name: "Bash", tool_use_id: "t1", tool_input: {} });
  assert.deepEqual(answer, { hookSpecificOutput: { hookEventName: "PreToolUse", additionalContext: "Look in src." } });
});

test("what waits outlives the daemon; what is taken back or was only imported is never handed out", async (t) => {
  const before = setUp(t);
  await before.hook("UserPromptSubmit", { prompt: "Go." });
  await before["context.inject"]({ ...of, text: "Kept." }, person);
  const { injection_id } = await before["context.inject"]({ ...of, text: "Taken back." }, person);
  assert.equal((await before["context.withdraw"]({ injection_id, reason: "wrong" }, person)).state, "withdrawn");
  await assert.rejects(async () => before["context.withdraw"]({ injection_id }, person), code("INJECTION_OVER"));
  const [queued] = before.log.read({ types: ["context.queued"], limit: 1 });
  const imported = {
    ...queued!,
    id: "context:inj_other:queued@orrery",
    data: { injection_id: "inj_other", text: "From another machine." },
  };
  await before.log.append([imported as never]);
  await before.log.close();
  const after = setUp(t, before.folder);
  t.after(() => after.log.close());
  assert.equal(said(await after.hook("UserPromptSubmit", { prompt: "And?" }))?.additionalContext, "Kept.");
});

test("files of the session's folder are read, others are not", async (t) => {
  const { hook, work, folder, log, ...context } = setUp(t);
  t.after(() => log.close());
  await hook("UserPromptSubmit", { prompt: "Go." });
  writeFileSync(join(work, "notes.md"), "Use pnpm.");
  writeFileSync(join(work, "picture"), Buffer.from([0xff, 0x00]));
  writeFileSync(join(folder, "secret"), "hush");
  symlinkSync(join(folder, "secret"), join(work, "link"));
  const inject = async (input: object) => context["context.inject"]({ ...of, ...input }, person);
  const { text, files } = await inject({ text: "See:", files: [{ path: "notes.md" }, { path: "api.py", text: "def go(): ..." }] });
  assert.deepEqual(files, [join(work, "notes.md"), "api.py"]);
  assert.equal(text, `See:\n\nThe file ${join(work, "notes.md")}:\n\nUse pnpm.\n\nThe file api.py:\n\ndef go(): ...`);
  for (const path of ["../secret", join(folder, "secret"), "link", "picture", "nothing", "."])
    await assert.rejects(inject({ files: [{ path }] }), code("BAD_INPUT"), path);
  await assert.rejects(inject({}), code("BAD_INPUT"), "nothing to say");
  // Who holds a token of less could name any folder as a session's.
  const guest = { ...person, actor: "phone", isNamed: true, scope: "control" as const };
  await assert.rejects(async () => context["context.inject"]({ ...of, files: [{ path: "notes.md" }] }, guest), code("FORBIDDEN"));
  await context["context.inject"]({ ...of, files: [{ path: "notes.md", text: "Use npm." }] }, guest);
  await assert.rejects(inject({ text: "x".repeat(9_000), files: [{ path: "b", text: "y".repeat(2_000) }] }), code("BAD_INPUT"));
});

test("a session that cannot take it is refused, with the reason", async (t) => {
  const { hook, log, ...context } = setUp(t);
  t.after(() => log.close());
  const inject = async (session_id: string) => context["context.inject"]({ session_id, text: "x" }, person);
  const event = (type: string, session_id: string, data: object) =>
    log.append([
      { id: `${type}:${session_id}`, type, session_id, timestamp: "2026-11-20T10:00:00.000Z", source: "test/other", data } as never,
    ]);
  await assert.rejects(inject("ses_nowhere"), code("NOT_FOUND"));
  await event("session.started", "ses_codex", { app: "codex" });
  await assert.rejects(inject("ses_codex"), /codex has no hook/);
  await event("session.started", "ses_read", { app: "claude-code" });
  await assert.rejects(inject("ses_read"), (error: Error) => code("CANNOT_INJECT")(error) && error.message.includes("orrery connect"));
  await hook("UserPromptSubmit", { prompt: "Go." });
  await inject("ses_s1");
  await hook("SessionEnd", { reason: "logout" });
  await assert.rejects(inject("ses_s1"), /it is over/);
});
