// The rules of docs/architecture.md that a program can check. The samples at the end show that each check can fail.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const ranks: Readonly<Record<string, number>> = {
  lib: 0,
  contract: 1,
  projections: 2,
  formats: 2,
  money: 2,
  log: 3,
  client: 3,
  ingest: 4,
  alerts: 4,
  catalog: 4,
  asks: 4,
  push: 4,
  mcp: 4,
  engine: 4,
  agents: 4,
  workspace: 4,
  memory: 4,
  "ui-state": 4,
  gateway: 5,
  dialects: 5,
  daemon: 6,
  cli: 7,
  web: 7,
  testing: 8,
};
const openToWeb = ["contract", "projections", "client", "lib"];
const browserSafe = ["contract", "projections", "formats", "money", "client"];
const mayTouchTheWorld = ["lib", "daemon", "cli"];
const longFileLines = 400;

interface Source {
  readonly path: string;
  readonly text: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = ["src", "web/src"].flatMap(readSources);

test("imports go down the ranks, never up or sideways", () => {
  assertNone(sources.flatMap(badImports));
});

test("time, chance, the environment and timers are touched only in lib/, daemon/ and cli/", () => {
  assertNone(sources.flatMap(bannedCalls));
});

test("no file under version control names a machine path or a package registry", () => {
  assertNone(trackedFiles().flatMap(machineTraces));
});

test("long files and indexes that are no door are listed, for the reader to judge", (t) => {
  for (const note of sources.flatMap(notes)) t.diagnostic(note);
});

test("a bad import is caught", () => {
  const caught = (path: string, text: string) => badImports({ path, text }).map((found) => found.replace(/^.*?:/, ""));
  assert.deepEqual(caught("src/log/log.ts", 'import { a } from "./x.ts";\nimport {\n  b,\n} from "../gateway/http.ts";'), [
    "2 imports ../gateway/http.ts (log 3 -> gateway 5)",
  ]);
  assert.deepEqual(caught("src/asks/a.ts", 'export type { X } from "../engine/index.ts";'), [
    "1 imports ../engine/index.ts (asks 4 -> engine 4)",
  ]);
  assert.deepEqual(caught("src/agents/native/a.ts", 'const x = `${await import("../../daemon/daemon.ts")}`;'), [
    "1 imports ../../daemon/daemon.ts (agents 4 -> daemon 6)",
  ]);
  assert.deepEqual(caught("src/daemon/a.ts", 'import "../testing/fake.ts";'), ["1 imports ../testing/fake.ts (daemon 6 -> testing 8)"]);
  assert.deepEqual(caught("web/src/panels/a/a.tsx", 'import { a } from "../../../../src/log/log.ts";'), [
    "1 imports ../../../../src/log/log.ts (web 7 -> log 3)",
  ]);
  assert.deepEqual(caught("src/lib/a.ts", 'import { w } from "../../web/src/w.ts";'), ["1 imports ../../web/src/w.ts (lib 0 -> web 7)"]);
  assert.deepEqual(caught("src/formats/a.ts", 'import { readFileSync } from "node:fs";'), ["1 imports node:fs (formats runs in browsers)"]);
  assert.deepEqual(caught("src/shared/a.ts", 'import { a } from "../lib/a.ts";'), ["1 stands in shared, a folder without a rank"]);
  assert.deepEqual(caught("src/log/a.ts", 'import { a } from "../shared/a.ts";'), [
    "1 imports ../shared/a.ts (log 3 -> shared, without a rank)",
  ]);
});

test("a good import is left alone", () => {
  const good: readonly Source[] = [
    { path: "src/log/log.ts", text: 'import { a } from "../lib/a.ts";\nimport { z } from "zod";\nimport { b } from "./index.ts";' },
    { path: "src/log/log.ts", text: '// import { a } from "../cli/main.ts";\n/* import "../cli/main.ts" */' },
    { path: "src/log/log.ts", text: 'const sample = `import { a } from "../cli/main.ts"`;\nconst s = \'import "../cli/main.ts"\';' },
    {
      path: "src/log/log.test.ts",
      text: 'import { testEventLog } from "../testing/event-log.ts";\nimport { readFileSync } from "node:fs";',
    },
    { path: "src/testing/fake.ts", text: 'import { a } from "../agents/driver.ts";' },
    { path: "web/src/app/a.tsx", text: 'import { a } from "../../../src/client/index.ts";\nconst p = <p>Don\'t</p>;' },
  ];
  assert.deepEqual(good.flatMap(badImports), []);
});

test("a banned call is caught", () => {
  const caught = (path: string, text: string) => bannedCalls({ path, text });
  assert.deepEqual(caught("src/log/a.ts", "\nconst t = Date.now();"), ["src/log/a.ts:2 uses Date.now"]);
  assert.deepEqual(caught("src/log/a.ts", "const t = `${Math.random()}`;"), ["src/log/a.ts:1 uses Math.random"]);
  assert.deepEqual(caught("src/log/a.ts", "const r = /['\"`]/.test(process.env.HOME);"), ["src/log/a.ts:1 uses process.env"]);
  assert.deepEqual(caught("src/log/a.ts", 'import { setTimeout as wait } from "node:timers/promises";'), [
    "src/log/a.ts:1 uses setTimeout",
  ]);
  assert.deepEqual(caught("src/log/a.ts", "globalThis.setInterval(f, 1);"), ["src/log/a.ts:1 uses setInterval"]);
  assert.deepEqual(caught("src/log/a.ts", "a = new Date();\nb = new Date;"), [
    "src/log/a.ts:1 uses new Date()",
    "src/log/a.ts:2 uses new Date()",
  ]);
});

test("a mention or a permitted call is left alone", () => {
  const good: readonly Source[] = [
    { path: "src/log/a.ts", text: "// Date.now()\n/* Math.random() */\nconst s = 'process.env' + \"setTimeout(\" + `new Date()`;" },
    {
      path: "src/log/a.ts",
      text: "const d = new Date(clock.now());\nclock.setTimeout(f, 1);\nconst u = a / b; const v = c / d; // Date.now",
    },
    { path: "src/lib/clock.ts", text: "const t = Date.now();" },
    { path: "src/log/a.test.ts", text: "const t = Date.now();" },
    { path: "web/src/a.ts", text: "const t = Date.now();" },
  ];
  assert.deepEqual(good.flatMap(bannedCalls), []);
});

test("a machine path and a registry address are caught", () => {
  const caught = (text: string) => machineTraces({ path: "a.md", text });
  assert.deepEqual(caught(["ok\n/wo", "rk/main/src"].join("")), ["a.md:2 names a machine path"]);
  assert.deepEqual(caught(["https://regis", "try.npmjs.org/zod"].join("")), ["a.md:1 names a package registry"]);
  assert.deepEqual(caught("see docs/work/main.md and https://www.npmjs.com/package/zod"), []);
});

test("a long file and a stray index are noted", () => {
  assert.deepEqual(notes({ path: "src/log/a.ts", text: "x\n".repeat(longFileLines + 1) }), ["src/log/a.ts has 401 lines"]);
  assert.deepEqual(notes({ path: "src/log/deep/index.ts", text: "" }), ["src/log/deep/index.ts is not a capability's door"]);
  assert.deepEqual(notes({ path: "src/log/index.ts", text: "x\n".repeat(longFileLines) }), []);
});

function badImports({ path, text }: Source): string[] {
  const from = folderOf(path);
  const fromRank = ranks[from];
  if (fromRank === undefined) return [`${path}:1 stands in ${from}, a folder without a rank`];
  return importsOf(text).flatMap(({ line, specifier }) => {
    const bad = (why: string) => [`${path}:${line} imports ${specifier} (${why})`];
    if (specifier.startsWith("node:")) return browserSafe.includes(from) && !isTest(path) ? bad(`${from} runs in browsers`) : [];
    if (!specifier.startsWith(".")) return [];
    const target = posix.join(posix.dirname(path), specifier);
    if (!/^(?:web\/)?src\//.test(target)) return [];
    const to = folderOf(target);
    const toRank = ranks[to];
    if (toRank === undefined) return bad(`${from} ${fromRank} -> ${to}, without a rank`);
    const isAllowed =
      to === from || (to === "testing" ? isTest(path) : from === "web" ? openToWeb.includes(to) : to !== "web" && toRank < fromRank);
    return isAllowed ? [] : bad(`${from} ${fromRank} -> ${to} ${toRank}`);
  });
}

function bannedCalls({ path, text }: Source): string[] {
  if (!path.startsWith("src/") || isTest(path) || mayTouchTheWorld.includes(folderOf(path))) return [];
  const code = blank(text);
  const banned =
    /\b(Date\.now|Math\.random|process\.env)\b|(?<![\w$.])(?:globalThis\.)?(setTimeout|setInterval)\b|\bnew\s+(Date)\b(?:\s*\(\s*\)|(?!\s*\())/g;
  return [...code.matchAll(banned)].map(
    (match) => `${path}:${lineAt(code, match.index)} uses ${match[1] ?? match[2] ?? `new ${match[3]}()`}`,
  );
}

/** The patterns are put together from pieces, so that this file does not match itself. */
function machineTraces({ path, text }: Source): string[] {
  const traces: readonly (readonly [string, RegExp])[] = [
    ["a machine path", new RegExp(String.raw`(?<![\w./-])/(?:wo${""}rk/(?:main|shared|reference|\.\w)|ro${""}ot/)`, "g")],
    [
      "a package registry",
      new RegExp(String.raw`\b(?:regis${""}try\.(?:npmjs\.org|yarnpkg\.com)|py${""}pi\.org/simple|deb\.deb${""}ian\.org)\b`, "g"),
    ],
  ];
  return traces.flatMap(([name, pattern]) =>
    [...text.matchAll(pattern)].map((match) => `${path}:${lineAt(text, match.index)} names ${name}`),
  );
}

function notes({ path, text }: Source): string[] {
  const lines = text.split("\n").length - 1;
  return [
    ...(lines > longFileLines ? [`${path} has ${lines} lines`] : []),
    ...(path.endsWith("/index.ts") && !/^src\/[^/]+\/index\.ts$/.test(path) ? [`${path} is not a capability's door`] : []),
  ];
}

function importsOf(text: string): { line: number; specifier: string }[] {
  const code = blank(text);
  const statement = /(?<![\w$.])(?:import|export)\b(?:[^;'"`()=]*?\bfrom)?\s*\(?\s*(["'])(?<blanked> *)\1/g;
  return [...code.matchAll(statement)].map((match) => {
    const end = match.index + match[0].length - 1;
    return { line: lineAt(code, match.index), specifier: text.slice(end - (match.groups?.["blanked"]?.length ?? 0), end) };
  });
}

/** The text with comments and the insides of strings, templates and regular expressions as spaces, so that every offset still holds. */
function blank(text: string): string {
  const token = /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>(["'])(?:\\[\s\S]|(?!\3)[^\\\n])*\3?)|[\w$]+|\S/g;
  const regex = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//y;
  const template = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{|$)/y;
  const openBraces: string[] = [];
  let previous = "";
  let out = "";
  const hide = (end: number) => (out += text.slice(out.length, end).replace(/[^\n]/g, " "));
  const keep = (end: number) => (out += text.slice(out.length, end));

  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match;
    let end = token.lastIndex;
    keep(match.index);
    if (match.groups?.["comment"]) {
      hide(end);
      continue;
    }
    if (match.groups?.["string"]) {
      keep(match.index + 1);
      hide(end - 1);
    } else if (found === "`" || (found === "}" && openBraces.pop() === "${")) {
      keep(end);
      template.lastIndex = end;
      template.exec(text);
      end = template.lastIndex;
      const isHole = text.startsWith("${", end - 2);
      if (isHole) openBraces.push("${");
      hide(isHole ? end - 2 : end - 1);
    } else if (found === "{") {
      openBraces.push("{");
    } else if (found === "/" && startsRegex(previous)) {
      regex.lastIndex = match.index;
      if (regex.test(text)) {
        end = regex.lastIndex;
        keep(match.index + 1);
        hide(end - 1);
      }
    }
    keep(end);
    token.lastIndex = end;
    previous = found;
  }
  return keep(text.length);
}

function startsRegex(previous: string): boolean {
  return /^(?:return|typeof|case|in|of|do|else|void|delete|await|yield|)$/.test(previous) || !/[\w$)\]}"'`]$/.test(previous);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function folderOf(path: string): string {
  return path.startsWith("web/") ? "web" : (path.split("/")[1] ?? "");
}

function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.startsWith("src/testing/");
}

function assertNone(problems: readonly string[]): void {
  assert.ok(problems.length === 0, `\n${problems.join("\n")}\n`);
}

function readSources(folder: string): Source[] {
  let paths: string[];
  try {
    paths = readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return paths.filter((path) => /\.tsx?$/.test(path)).map((path) => readSource(`${folder}/${path}`));
}

function readSource(path: string): Source {
  return { path, text: readFileSync(`${root}${path}`, "utf8") };
}

function trackedFiles(): Source[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached"], { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  return listed
    .split("\0")
    .filter(Boolean)
    .flatMap((path) => {
      try {
        return [readSource(path)];
      } catch {
        return []; // deleted in the work tree, or a link to a folder
      }
    });
}
