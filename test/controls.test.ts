// Whatever can be pressed or filled in the page is a registered control: read from its sources, so that forms that no test opens are held to it too.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { uiElements } from "../src/contract/ui/index.ts";

const root = fileURLToPath(new URL("../web/src/", import.meta.url));

/** What a person can press or fill, by its tag or by its role. */
const tags = /^<(?:button|input|select|textarea|summary|a|Command\.Input|Command\.Item)\b/;
const roles = /\brole="(?:button|tab|option|menuitem|checkbox|switch|radio|slider|listbox|grid|treegrid|application)"/;
const presses = /\bon(?:Click|DoubleClick|Change|Input)=/;
/** By itself, or by a component of ours that hands the id on. */
const marked = /\{\.\.\.(?:control|box)\(|\bcontrol=["{]/;

/** The few that are none, by a part of their tag. */
const exceptions: readonly (readonly [file: string, tag: string, because: string])[] = [
  ["ui/markdown.tsx", 'type="checkbox"', "nobody can tick it: it shows what an agent wrote"],
  ["ui/virtual-rows.tsx", 'role="row"', "a row of a list: the list around it is the control"],
  ["panels/session/turn-strip.tsx", 'role="option"', "a column of a list: the list around it is the control"],
];

/** The opening tags of a source, with the line on which each begins. */
function openingTags(text: string): { readonly tag: string; readonly line: number }[] {
  const found = [];
  for (const { index } of text.matchAll(/<[A-Za-z][\w.]*(?=[\s>/])/g)) {
    let depth = 0;
    let quote = "";
    let at = index + 1;
    for (; at < text.length; at++) {
      const char = text[at]!;
      if (quote !== "") quote = char === quote ? "" : quote;
      else if (char === '"' || char === "'" || char === "`") quote = char;
      else if (char === "{") depth++;
      else if (char === "}") depth--;
      else if (char === ">" && depth === 0) break;
    }
    found.push({ tag: text.slice(index, at + 1), line: text.slice(0, index).split("\n").length });
  }
  return found;
}

/** What can be pressed or filled and is no control. */
function strangers(text: string): { readonly tag: string; readonly line: number }[] {
  // Properties that several boxes share, their control first.
  const shared = [...text.matchAll(/const (\w+) = \{\s*\.\.\.(?:control|box)\(/g)].map(([, name]) => `{...${name}}`);
  const isMarked = (tag: string) => marked.test(tag) || shared.some((spread) => tag.includes(spread));
  const isPressed = (tag: string) => tags.test(tag) || roles.test(tag) || (/^<[a-z]/.test(tag) && presses.test(tag));
  return openingTags(text).filter(({ tag }) => isPressed(tag) && !isMarked(tag));
}

const sources = (pattern: string) => globSync(pattern, { cwd: root }).map((file) => ({ file, text: readFileSync(root + file, "utf8") }));

test("every button, link, box, list and row of the page is a registered control", () => {
  const used = new Set<unknown>();
  const unknown = sources("**/*.tsx").flatMap(({ file, text }) =>
    strangers(text).flatMap(({ tag, line }) => {
      const exception = exceptions.find(([where, part]) => where === file && tag.includes(part));
      used.add(exception);
      return exception === undefined ? [`${file}:${line} ${tag.replaceAll(/\s+/g, " ").slice(0, 120)}`] : [];
    }),
  );
  assert.deepEqual(unknown, []);
  assert.deepEqual(
    exceptions.filter((exception) => !used.has(exception)),
    [],
    "these are none any more",
  );
});

/** Pressed by programs only, as the page has another gesture for it. */
const byPrograms = new Map([
  ["btn_reset", "as the reset of other systems is called"],
  ["work.set_status", "a person chooses the status, which gives it"],
]);

test("every registered control stands somewhere on the page", () => {
  const all = sources("**/*.{ts,tsx}")
    .map(({ text }) => text)
    .join("\n");
  // Such as `time.${direction}_${kind}`.
  const made = [...all.matchAll(/control\(`([\w.]+)\$\{[^`]*`/g)].map(([, start]) => start!);
  const absent = [...uiElements.values()]
    .filter(({ id, kind }) => kind !== "held" && !byPrograms.has(id))
    .filter(({ id }) => !all.includes(`"${id}"`) && !made.some((start) => id.startsWith(start)));
  assert.deepEqual(absent, []);
});

test("the check sees a button, a link, a box, and what is pressed though it is none of them", () => {
  const found = (text: string) => strangers(text).map(({ line }) => line);
  assert.deepEqual(found('<p>\n<button type="button" onClick={() => a > b}>x</button>\n<a href="/">y</a></p>'), [2, 3]);
  assert.deepEqual(found('<div\n  title="a > b"\n  onClick={go}\n/>\n<input />'), [1, 5]);
  assert.deepEqual(
    found('<button {...control("live.fit")}>x</button><textarea {...box("inbox.words")} /><Rows control={id} role="grid" />'),
    [],
  );
});
