// `npm run truth -- DIR` over folders that it has never seen: it counts what is there, and its exit code is the result.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { casesUnder } from "../src/testing/truth-cases.ts";
import { isShort } from "../src/testing/truth-rows.ts";

const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const copied = [
  "codex/errors",
  "gemini-cli/simple",
  "acp/codex-acp/permission-cancelled",
  "opencode/serve-permission",
  "claude-code/todos",
];

function copies(t: TestContext, some: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), "orrery-truth-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  // Somebody else's folder has its own names.
  for (const [index, name] of some.entries()) cpSync(join(fixtures, name), join(root, "seen", `case-${index}`), { recursive: true });
  return root;
}

function report(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    const script = fileURLToPath(new URL("truth-report.ts", import.meta.url));
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr });
    });
  });
}

type Truth = Record<"agents" | "calls" | "requests" | "turns" | "asks" | "sessions", Record<string, unknown>[]>;

function falsify(folder: string, change: (truth: Truth) => void): () => void {
  const path = join(folder, "truth.json");
  const text = readFileSync(path, "utf8");
  const truth = JSON.parse(text) as Truth;
  change(truth);
  writeFileSync(path, JSON.stringify(truth));
  return () => writeFileSync(path, text);
}

test("the report ends well over a folder of strangers, badly when one token is counted otherwise, and where there is nothing", async (t) => {
  const root = copies(t, ["codex/errors", "acp/codex-acp/permission-cancelled"]);
  const good = await report(root);
  assert.equal(good.code, 0, good.out);
  assert.match(good.out, /2 passed, 0 failed/);
  falsify(join(root, "seen/case-0"), ({ requests }) => (requests[0]!["output"] = Number(requests[0]!["output"]) + 1));
  const bad = await report(root);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /cost by all sources/);
  assert.match(bad.out, /1 passed, 1 failed/);
  const nothing = await report(mkdtempSync(join(root, "empty-")));
  assert.equal(nothing.code, 1);
  assert.match(nothing.out, /no recordings/);
});

test("every falsified count is found, in every client's recordings", (t) => {
  const root = copies(t, copied);
  const changes: readonly (readonly [name: string, change: (truth: Truth) => void])[] = [
    ["a call more", ({ calls }) => calls.push({ ...calls[0], call_id: "call_of_nobody" })],
    ["an outcome", ({ calls }) => (calls[0]!["outcome"] = "timeout")],
    ["an agent more", ({ agents }) => agents.push({ ...agents[0], agent_id: "nobody", parent_agent_id: "main" })],
    ["a turn less", ({ turns }) => turns.pop()],
    ["a session's name", ({ sessions }) => (sessions[0]!["session_id"] = "another")],
    ["an ask more", ({ asks }) => asks.push({ kind: "permission", tool: "Bash", call_id: "c", agent_id: "main", decision: "deny" })],
    ["a request's agent", ({ requests }) => requests.push({ ...requests[0], id: "req_of_nobody" })],
  ];
  for (const index of copied.keys()) {
    const folder = join(root, "seen", `case-${index}`);
    for (const [name, change] of changes) {
      // Over ACP single requests have no names here, so nothing is expected of them.
      if (copied[index]!.startsWith("acp") && name.startsWith("a request")) continue;
      const mend = falsify(folder, change);
      const [found] = casesUnder(folder).cases;
      const isFound = found!.rows().some(isShort) || found!.readings(found!.sources).some(({ differences }) => differences.length > 0);
      assert.ok(isFound, `${copied[index]}: ${name}`);
      mend();
    }
  }
});
