import type { Client } from "../client/index.ts";
import type { AskDetail } from "../contract/operations/asks.ts";
import { ruledPart } from "../projections/ask-answers.ts";
import { keptRule, scopes, type Kept } from "./kept-rule.ts";
import { oneLine } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** Rules that the answer to an ask is to keep, and the other open asks that are allowed with it. */
export interface Always {
  readonly remember: readonly unknown[];
  readonly also: readonly string[];
}

const places: Readonly<Record<Kept["scope"], string>> = {
  session: "in this session",
  project: "in this project, kept in .orrery/policy.json",
  home: "everywhere, kept in Orrery's policy.json",
};

/** Asks at the terminal what is always allowed and where, and shows what that would mean before it is kept; undefined when the person left. */
export async function askAlways(client: Client, terminal: Terminal, ask: AskDetail): Promise<Always | undefined> {
  const suggestions = (ask.suggestions ?? []).slice(0, 9);
  const what = `Always allow ${ask.tool}: ${ask.prompt ?? ""}`;
  terminal.show([
    ...clipped(terminal, [
      what,
      "",
      ...scopes.map((scope) => `  ${scope[0]}  ${places[scope]}`),
      ...suggestions.map((suggestion, at) => `  ${at + 1}  as the agent suggests: ${JSON.stringify(suggestion)}`),
    ]),
    "",
    "any other key leaves",
  ]);
  const chosen = (await terminal.key()) ?? "";
  const suggestion = /^[1-9]$/.test(chosen) ? suggestions[Number(chosen) - 1] : undefined;
  if (suggestion !== undefined) return { remember: [suggestion], also: [] };
  const scope = scopes.find((each) => each[0] === chosen);
  if (scope === undefined) return undefined;

  const part = ruledPart(ask.input);
  const label = `${part?.field === "path" ? "Files" : "Commands"} like this, * is anything: `;
  const pattern = part === undefined ? undefined : await terminal.line(label, part.words);
  if (part !== undefined && (pattern === undefined || pattern === "")) return undefined;
  const rule = keptRule(ask, scope, pattern);
  const { holds, counts, path, asks, calls, matching, items } = await client.policy.preview({ ask_id: ask.ask_id, remember: rule });
  terminal.show([
    ...clipped(terminal, [
      what,
      "",
      `${JSON.stringify(rule.rule)} ${places[scope]}`,
      ...(holds ? [] : ["This very ask is not matched: it would be put to you again."]),
      ...(counts ? [] : [`What ${path} allows does not count yet: name its folder under "trust" in Orrery's policy.json.`]),
      `${matching} of the last ${calls} calls would have been allowed by it${items.length === 0 ? "." : ":"}`,
      ...items.slice(0, 5).map((item) => `  ${item.tool} ${item.what}${item.times > 1 ? ` ×${item.times}` : ""}`),
      ...(asks.length === 0 ? [] : [asks.length === 1 ? "Another open ask is matched:" : `${asks.length} other open asks are matched:`]),
      ...asks.map((other) => `  ${other.tool} ${other.what}`),
    ]),
    "",
    `y keep it${asks.length === 0 ? "" : ` and allow all ${asks.length + 1} · o keep it and allow only this one`} · any other key leaves`,
  ]);
  const answer = await terminal.key();
  if (answer !== "y" && answer !== "o") return undefined;
  return { remember: [rule], also: answer === "y" ? asks.map(({ ask_id }) => ask_id) : [] };
}

/** As much as there is room for, each on one line. */
function clipped({ width, height }: Terminal, lines: readonly string[]): string[] {
  return lines.slice(0, Math.max(5, height - 4)).map((line) => oneLine(line).slice(0, Math.max(20, width)));
}
