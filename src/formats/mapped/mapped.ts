import { parseEvent, type EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId } from "../../contract/ids.ts";
import { fingerprint, keep, nothing, problem, tell, time, timeOfMs, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import type { Mapping, MappingRule } from "./mapping.ts";

/** Translates one record of a program's own JSONL by its mapping. A rule whose event is not valid is left out and told as the problem. */
export function translateMapped(record: unknown, mapping: Mapping): Translation {
  const session = textOf(fill(mapping.session, record));
  const at = timeOf(fill(mapping.time, record));
  const type = textOf(fill(mapping.type, record));
  if (session === undefined) return problem(`no session at ${mapping.session}`);
  if (at === undefined) return problem(`no time at ${mapping.time}`);
  if (type === undefined) return problem(`no type at ${mapping.type}`);
  const place: Place = { app: mapping.app, way: mapping.way, session, agent: agentOf(mapping.agent, record), at };
  const rules = Object.hasOwn(mapping.events, type) ? mapping.events[type]! : undefined;
  if (rules === undefined) return mapping.others === "drop" ? nothing : keep(place, "unknown", type, record);
  const events: EventDraft[] = [];
  const problems: string[] = [];
  for (const rule of rules) {
    if (!applies(rule, record)) continue;
    const parsed = parseEvent(eventOf(rule, record, place));
    if (parsed.ok) events.push(parsed.draft);
    else problems.push(`${type} gives no ${rule.event}: ${parsed.problems.map(({ field, message }) => `${field} ${message}`).join("; ")}`);
  }
  return problems.length === 0 ? { events } : { events, problem: problems.join(" | ").slice(0, 1_000) };
}

function applies(rule: MappingRule, record: unknown): boolean {
  return Object.entries(rule.when ?? {}).every(([template, wanted]) => textOf(fill(template, record)) === String(wanted));
}

function eventOf(rule: MappingRule, record: unknown, place: Place): unknown {
  const key = rule.key === undefined ? fingerprint(place.at, record) : (textOf(fill(rule.key, record)) ?? fingerprint(place.at, record));
  const agent = rule.agent === undefined ? place.agent : agentOf(rule.agent, record);
  const data = Object.fromEntries(
    Object.entries(rule.data)
      .map(([name, value]) => [name, withPrefix(name, filled(value, record))] as const)
      .filter(([, value]) => value !== undefined),
  );
  return tell({ ...place, agent }, rule.event as "session.updated", `${rule.event}:${key}`, data);
}

const prefixes = {
  session_id: "ses",
  resumed_from: "ses",
  agent_id: "agt",
  parent_agent_id: "agt",
  call_id: "call",
  turn_id: "trn",
  message_id: "msg",
  request_id: "req",
} as const;

/** Foreign ids become ours by the name of their field. */
function withPrefix(name: string, value: unknown): unknown {
  if (!Object.hasOwn(prefixes, name)) return value;
  const text = textOf(value);
  if (text === undefined) return undefined;
  return name === "parent_agent_id" && text === "main" ? MAIN_AGENT : toId(prefixes[name as keyof typeof prefixes], text);
}

/** A value with every template in it filled in. What leads nowhere is absent. */
function filled(value: unknown, record: unknown): unknown {
  if (typeof value === "string") return fill(value, record);
  if (Array.isArray(value)) return value.map((each) => filled(each, record)).filter((each) => each !== undefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, filled(inner, record)] as const)
      .filter(([, inner]) => inner !== undefined),
  );
}

/** Fills one template: a single place gives the value itself, a mixture gives text. */
export function fill(template: string, record: unknown): unknown {
  const alone = /^\$\{([^}]*)\}$/.exec(template)?.[1];
  if (alone !== undefined) return at(alone, record);
  let isAbsent = false;
  const text = template.replace(/\$\{([^}]*)\}/g, (_, path: string) => {
    const found = textOf(at(path, record));
    isAbsent ||= found === undefined;
    return found ?? "";
  });
  return isAbsent ? undefined : text;
}

function at(path: string, record: unknown): unknown {
  let value: unknown = record;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value ?? undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function timeOf(value: unknown): string | undefined {
  const number = typeof value === "number" ? value : typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  if (number === undefined) return time(value);
  // Seconds until the year 5138 are fewer than the milliseconds of March 1973.
  return timeOfMs(Math.round(number < 100_000_000_000 ? number * 1_000 : number));
}

function agentOf(template: string | undefined, record: unknown): Place["agent"] {
  const id = template === undefined ? undefined : textOf(fill(template, record));
  return id === undefined || id === "main" ? MAIN_AGENT : toId("agt", id);
}
