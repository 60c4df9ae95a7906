import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore, type LanguageInput } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

export type CodeLines = readonly (readonly { readonly words: string; readonly colour: string | undefined }[])[];

/** Each language is a file of its own, fetched from our origin when it is first needed. */
const languages: Readonly<Record<string, () => LanguageInput>> = {
  typescript: () => import("shiki/langs/typescript.mjs"),
  tsx: () => import("shiki/langs/tsx.mjs"),
  javascript: () => import("shiki/langs/javascript.mjs"),
  json: () => import("shiki/langs/json.mjs"),
  bash: () => import("shiki/langs/bash.mjs"),
  python: () => import("shiki/langs/python.mjs"),
  diff: () => import("shiki/langs/diff.mjs"),
  css: () => import("shiki/langs/css.mjs"),
  html: () => import("shiki/langs/html.mjs"),
  go: () => import("shiki/langs/go.mjs"),
  rust: () => import("shiki/langs/rust.mjs"),
  sql: () => import("shiki/langs/sql.mjs"),
  yaml: () => import("shiki/langs/yaml.mjs"),
};
const aliases: Readonly<Record<string, string>> = {
  ts: "typescript",
  js: "javascript",
  jsx: "tsx",
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  py: "python",
  rs: "rust",
  yml: "yaml",
  patch: "diff",
  jsonc: "json",
};

const THEME = "orrery";
let core: Promise<HighlighterCore> | undefined;

/** Colours by style sheet variables, so that a change of theme needs no new work; `undefined` for a language that is not here. */
export async function highlight(text: string, language: string): Promise<CodeLines | undefined> {
  const word = language.toLowerCase().split(/[\s,{]/)[0] ?? "";
  const name = aliases[word] ?? word;
  const load = languages[name];
  if (load === undefined) return undefined;
  core ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME, variablePrefix: "--shiki-", variableDefaults: {} })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const highlighter = await core;
  if (!highlighter.getLoadedLanguages().includes(name)) await highlighter.loadLanguage(load());
  return highlighter
    .codeToTokensBase(text, { lang: name, theme: THEME })
    .map((line) => line.map(({ content, color }) => ({ words: content, colour: color })));
}
