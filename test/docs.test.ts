// The pages under docs/ say what the code declares. Tables and examples stand between markers and are made here from the registries:
// ORRERY_WRITE_DOCS=1 npm test -- test/docs writes them anew; everything else is written by hand.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { configTable } from "../src/contract/config.ts";
import { errorTable } from "../src/contract/errors.ts";
import { eventTypes } from "../src/contract/events/index.ts";
import { connectionCommands, liveChannels } from "../src/contract/frames.ts";
import { Scope, type Operation } from "../src/contract/operation.ts";
import { operations } from "../src/contract/operations/index.ts";
import { toolNames } from "../src/mcp/tool-names.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const mayWrite = process.env["ORRERY_WRITE_DOCS"] === "1";

test("the guide's settings are the settings there are", () => {
  checkMade("docs/guide.md", "settings", settingsTable());
});

test("the API page lists every operation", () => {
  checkMade("docs/api.md", "operations", operationsTable());
});

test("the API page says which commands and live channels a connection has, and what each scope may", () => {
  checkMade("docs/api.md", "commands", commandsTable());
  checkMade(
    "docs/api.md",
    "live channels",
    table(
      ["channel", "frames"],
      Object.entries(liveChannels).map(([name, words]) => [`\`live:${name}\``, words]),
    ),
  );
  checkMade("docs/api.md", "scopes", scopesTable());
  checkMade("docs/api.md", "mcp left out", leftOutTable());
});

test("the guide has every command, with an example", () => {
  const help = execFileSync(process.execPath, ["bin/start.mjs", "--help"], { cwd: root, encoding: "utf8" });
  const [, listed = ""] = help.split("Commands:\n");
  const commands = [...listed.matchAll(/^ {2}(\w+) /gm)].map((match) => match[1]!).filter((name) => name !== "help");
  const guide = read("docs/guide.md");
  assert.deepEqual(
    [...guide.matchAll(/^### orrery (\w+)$/gm)].map((match) => match[1]),
    commands,
  );
  for (const name of commands) assert.match(guide, new RegExp(`^orrery ${name}\\b`, "m"), `the guide has no example of orrery ${name}`);
});

test("every error has a paragraph, and no paragraph an error that is gone", () => {
  assert.deepEqual(headings("docs/errors.md"), Object.keys(errorTable).toSorted());
  for (const [code, row] of Object.entries(errorTable)) {
    checkMade("docs/errors.md", code, `HTTP ${row.status} · retry ${row.retry} · exit ${row.exit}`);
    assert.match(section("docs/errors.md", code), /\w.{60}/s, `${code} has no paragraph`);
  }
});

test("every event type has its sentence, its fields and its example", () => {
  assert.deepEqual(headings("docs/events.md"), eventTypes.map(({ type }) => type).toSorted());
  for (const event of eventTypes) checkMade("docs/events.md", event.type, eventReference(event));
});

test("every dependency has its reason, and no reason a dependency that is gone", () => {
  const reasons = [...read("docs/decisions/0007-dependencies.md").matchAll(/^- `([^`]+)`: \S/gm)].map((match) => match[1]!);
  assert.deepEqual(reasons.toSorted(), [...new Set(["package.json", "web/package.json"].flatMap(dependenciesOf))].toSorted());
});

test("every relative link leads to a file, and to a heading where it names one", () => {
  assert.deepEqual(
    pages().flatMap((page) => brokenLinks(page, read(page))),
    [],
  );
});

test("a wrong page is caught", () => {
  assert.deepEqual(linksOf("[a](b.md) ![c](d.png) `[no](code)` [e](https://x.y)\n```\n[no](block)\n```\n[f](#g)"), [
    "b.md",
    "d.png",
    "https://x.y",
    "#g",
  ]);
  assert.equal(slug("Ranks: an import goes `down`"), "ranks-an-import-goes-down");
  assert.equal(between("x <!-- made: a --> old <!-- /made --> y", "a"), "old");
  assert.equal(between("nothing here", "a"), undefined);
  assert.deepEqual(brokenLinks("docs/guide.md", "[a](nowhere.md) [b](../README.md) [c](errors.md#no-such)"), [
    "docs/guide.md links to nowhere.md",
    "docs/guide.md links to errors.md#no-such",
  ]);
});

function settingsTable(): string {
  const rows = Object.entries(configTable).map(([name, { schema, env, flag, help }]) => {
    const value: unknown = (schema as z.ZodType).parse(undefined);
    const words = value === true ? "on" : value === null ? "forever" : flag.includes("<days>") ? `${String(value)}d` : String(value);
    const shown = value === "" ? "none" : `\`${words}\``;
    return [`\`${name}\``, shown, `\`${env}\``, `\`${flag}\``, help];
  });
  return table(["setting", "default", "environment", "flag", "meaning"], rows);
}

function operationsTable(): string {
  const rows = operations.map(({ name, method, path, summary }) => [`\`${name}\``, `\`${method} /api${path}\``, summary]);
  return table(["operation", "HTTP", "what it does"], rows);
}

function commandsTable(): string {
  const rows = Object.entries(connectionCommands).map(([name, { params, answer }]) => {
    const { properties = {}, required = [] } = z.toJSONSchema(params, { io: "input", unrepresentable: "any" }) as Shape;
    return [
      `\`${name}\``,
      Object.keys(properties)
        .map((key) => `\`${key}${required.includes(key) ? "" : "?"}\``)
        .join(", "),
      answer,
    ];
  });
  return table(["command", "params", "answer"], [...rows, ["any operation", "its input", "its output"]]);
}

/** What each scope adds to those before it: families of which it may do all are named once. */
function scopesTable(): string {
  const rows = Scope.options.map((scope) => {
    const names = (operations as readonly Operation[]).filter((operation) => operation.scope === scope).map(({ name }) => `\`${name}\``);
    return [`\`${scope}\``, names.join(" ")];
  });
  return table(["scope", "what it adds to those above"], rows);
}

function leftOutTable(): string {
  const reasons = Map.groupBy(Object.entries(toolNames), ([, served]) => ("leftOut" in served ? served.leftOut : ""));
  reasons.delete("");
  return table(
    ["operations without a tool", "because"],
    [...reasons].map(([reason, entries]) => [entries.map(([name]) => `\`${name}\``).join(" "), reason]),
  );
}

function eventReference({ data, example }: (typeof eventTypes)[number]): string {
  const { properties = {}, required = [] } = z.toJSONSchema(data, { io: "input", unrepresentable: "any" }) as Shape;
  const rows = Object.entries(properties).map(([name, shape]) => [
    `\`${name}\``,
    typeWords(shape),
    required.includes(name) ? "always" : "when known",
  ]);
  return `${table(["field", "type", "present"], rows)}\n\n\`\`\`json\n${JSON.stringify(example)}\n\`\`\``;
}

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly items?: Shape;
  readonly pattern?: string;
  readonly anyOf?: readonly Shape[];
}

function typeWords({ type, enum: values, items, pattern, anyOf, properties }: Shape): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(" ");
  if (anyOf !== undefined) return "text, or a reference to a stored body";
  if (type === "array") return `list of ${items?.type === "string" ? "texts" : "parts"}`;
  const prefix = /^\^([a-z]+)_/.exec(pattern ?? "")?.[1];
  if (prefix !== undefined) return `id \`${prefix}_…\``;
  if (type === "string") return "text";
  if (type === "object")
    return properties === undefined
      ? "map of numbers"
      : Object.keys(properties)
          .map((key) => `\`${key}\``)
          .join(" ");
  return type === undefined ? "any JSON" : type === "integer" ? "whole number" : type;
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(names), line(names.map(() => "---")), ...rows.map(line)].join("\n");
}

function checkMade(page: string, name: string, wanted: string): void {
  const text = read(page);
  const held = between(text, name);
  assert.notEqual(held, undefined, `${page} has no <!-- made: ${name} --> … <!-- /made -->`);
  if (mayWrite && held !== wanted) {
    writeFileSync(
      join(root, page),
      text.replace(marked(name), () => `<!-- made: ${name} -->\n${wanted}\n<!-- /made -->`),
    );
    return;
  }
  assert.equal(held, wanted, `${page} is not what the code says; write it anew with ORRERY_WRITE_DOCS=1 npm test -- test/docs`);
}

function marked(name: string): RegExp {
  return new RegExp(`<!-- made: ${name.replaceAll(".", "\\.")} -->([\\s\\S]*?)<!-- /made -->`);
}

function between(text: string, name: string): string | undefined {
  return marked(name).exec(text)?.[1]!.trim();
}

/** The second-level headings of a page that hold one code and nothing else. */
function headings(page: string): string[] {
  return [...read(page).matchAll(/^## `?([\w.]+)`?$/gm)].map((match) => match[1]!).toSorted();
}

function section(page: string, heading: string): string {
  const [, rest = ""] = read(page).split(new RegExp(`^## \`?${heading}\`?$`, "m"));
  return rest.split(/^## /m)[0]!.replace(marked(heading), "");
}

function dependenciesOf(manifest: string): string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(read(manifest)) as Record<string, Record<string, string>>;
  return Object.keys({ ...dependencies, ...devDependencies });
}

function pages(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "*.md"], { cwd: root, encoding: "utf8" });
  return listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}

function brokenLinks(page: string, text: string): string[] {
  return linksOf(text).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = "", anchor] = link.split("#") as [string, string | undefined];
    const target = path === "" ? page : posix.join(posix.dirname(page), path);
    const isThere = existsSync(join(root, target)) && (anchor === undefined || anchors(target).includes(anchor));
    return isThere ? [] : [`${page} links to ${link}`];
  });
}

function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
}

function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map((match) => slug(match[1]!));
}

/** A heading's anchor, as code hosts make it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
