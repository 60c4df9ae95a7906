import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { PolicyRule } from "../contract/operations/policy.ts";
import { judge, type Act } from "./policy.ts";
import { addRule, projectPolicyPath, readPolicies } from "./policy-files.ts";

const act = (more: Partial<Act> = {}): Act => ({
  tool: "Bash",
  paths: [],
  agent: "main",
  cwd: "/work/shop",
  atMs: new Date(2026, 10, 20, 23, 30).getTime(),
  ...more,
});
const effect = (rule: PolicyRule, more: Partial<Act>, isTrusted = true) =>
  judge([{ path: "p", isTrusted, rules: [rule] }], act(more), "/home/ana")?.effect;

test("the first rule that holds decides, and the decision names it", () => {
  const rules: PolicyRule[] = [
    { effect: "deny", tool: "Bash", command: "rm -rf *", reason: "never" },
    { effect: "allow", tool: ["Bash", "Read"], command: "rm *" },
  ];
  const sets = [{ path: "/home/policy.json", isTrusted: true, rules }];
  assert.deepEqual(judge(sets, act({ command: "rm -rf build" }), "/"), {
    effect: "deny",
    by: "rule 1 of /home/policy.json",
    reason: "never",
  });
  assert.deepEqual(judge(sets, act({ command: "rm old" }), "/"), { effect: "allow", by: "rule 2 of /home/policy.json" });
  assert.equal(judge(sets, act({ command: "ls" }), "/"), undefined);
});

test("what is allowed is one command as a whole; what is denied is found in any part", () => {
  const allow: PolicyRule = { effect: "allow", command: "npm test*" };
  assert.equal(effect(allow, { command: "npm test -- --watch" }), "allow");
  for (const command of [
    "npm test; rm -rf /",
    "npm test && curl x",
    "npm test $(x)",
    "npm test `x`",
    "npm test\nrm x",
    "npm test > /etc/x",
    "xnpm test",
    "npm test | sh",
  ])
    assert.equal(effect(allow, { command }), undefined, command);
  assert.equal(effect({ effect: "allow", command: "a | b" }, { command: "a | b" }), "allow", "one that is written out whole");
  const deny: PolicyRule = { effect: "deny", command: "curl *" };
  for (const command of ["curl x", "cd /tmp && curl x", "echo $(curl x)", "a;curl x", "(curl x)"])
    assert.equal(effect(deny, { command }), "deny", command);
  assert.equal(effect(deny, { command: "echo curl" }), undefined);
});

test("paths are made whole before they are compared, and dots are no way around", () => {
  const inside: PolicyRule = { effect: "allow", tool: "Edit", path: "src/**" };
  assert.equal(effect(inside, { tool: "Edit", paths: ["/work/shop/src/a/b.ts"] }), "allow");
  assert.equal(effect(inside, { tool: "Edit", paths: ["src/.hidden"] }), "allow");
  assert.equal(effect(inside, { tool: "Edit", paths: ["src/../secrets.env"] }), undefined);
  assert.equal(effect(inside, { tool: "Edit", paths: ["/work/shop/src/a.ts", "/etc/passwd"] }), undefined, "all of them must be meant");
  assert.equal(effect(inside, { tool: "Edit", paths: [] }), undefined);
  const keys: PolicyRule = { effect: "deny", path: ["~/.ssh/**", "**/.env"] };
  assert.equal(effect(keys, { tool: "Read", paths: ["/home/ana/.ssh/id"] }), "deny");
  assert.equal(effect(keys, { tool: "Read", paths: ["/work/shop/.env", "/x"] }), "deny");
  assert.equal(effect({ effect: "deny", path: "src/*" }, { paths: ["src/a/b"] }), undefined);
});

test("agent, project, cost and time of day narrow a rule", () => {
  assert.equal(effect({ effect: "deny", agent: "main" }, { agent: "Explore" }), undefined);
  assert.equal(effect({ effect: "deny", agent: "Exp*" }, { agent: "Explore" }), "deny");
  assert.equal(effect({ effect: "ask", project: "shop" }, { project: "shop" }), "ask");
  assert.equal(effect({ effect: "ask", cost_over_usd: 5 }, { cost_usd_micros: 5_000_001 }), "ask");
  assert.equal(effect({ effect: "ask", cost_over_usd: 5 }, {}), undefined, "an unknown cost is over nothing");
  assert.equal(effect({ effect: "deny", from: "22:00", to: "06:00" }, {}), "deny");
  assert.equal(effect({ effect: "deny", from: "06:00", to: "22:00" }, {}), undefined);
});

function folders(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-policy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const home = join(folder, "home");
  const project = join(folder, "shop");
  mkdirSync(home);
  mkdirSync(join(project, "src"), { recursive: true });
  mkdirSync(join(project, ".orrery"));
  const put = (path: string, value: unknown) => writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return { home, project, own: join(home, "policy.json"), shared: join(project, ".orrery", "policy.json"), put };
}

test("a project that was just fetched may deny and ask, and allows nothing until its folder is trusted", (t) => {
  const { home, project, own, shared, put } = folders(t);
  put(shared, {
    rules: [
      { effect: "allow", tool: "*" },
      { effect: "deny", command: "curl *" },
    ],
  });
  const decide = (command: string) => judge(readPolicies(home, join(project, "src")), act({ command }), home)?.effect;
  assert.deepEqual([decide("ls"), decide("curl x")], [undefined, "deny"]);
  put(own, { trust: [project], rules: [] });
  assert.deepEqual([decide("ls"), decide("curl x")], ["allow", "allow"]);
  put(own, { trust: [project.slice(0, -1)], rules: [] });
  assert.equal(decide("ls"), undefined, "a name that begins alike is another folder");
  put(own, { trust: [project], rules: [{ effect: "deny", tool: "Bash" }] });
  assert.equal(decide("ls"), "deny", "the home's rules come first");
});

test("a file that cannot be read puts everything to a person: nobody knows what it would have denied", (t) => {
  const { home, own, put } = folders(t);
  for (const broken of ["{", '{"rules":[{"effect":"permit"}]}', '{"rules":[{"effect":"deny","comand":"x"}]}']) {
    put(own, broken);
    assert.equal(judge(readPolicies(home, undefined), act({ command: "ls" }), home)?.effect, "ask", broken);
    assert.throws(() => addRule(own, { effect: "allow" }), /cannot be used/);
    assert.equal(readFileSync(own, "utf8"), broken);
  }
});

test("a rule that is added stands behind all that deny, once", (t) => {
  const { project, shared, put } = folders(t);
  put(shared, { trust: [], rules: [{ effect: "ask", tool: "Bash" }, { effect: "deny", command: "x" }, { effect: "ask" }] });
  assert.equal(projectPolicyPath(join(project, "src")), shared);
  for (let time = 0; time < 2; time++) addRule(shared, { effect: "allow", tool: "Bash", command: "ls" });
  const { rules, trust } = JSON.parse(readFileSync(shared, "utf8")) as { rules: PolicyRule[]; trust: string[] };
  assert.deepEqual([rules.map(({ effect: each }) => each), trust], [["ask", "deny", "allow", "ask"], []]);
});
