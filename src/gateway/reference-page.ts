import { eventTypes } from "../contract/events/index.ts";
import type { Operation } from "../contract/operation.ts";
import { operations } from "../contract/operations/index.ts";
import { itemsField } from "./input.ts";
import { exampleOf, fieldsOf } from "./openapi.ts";

/** The page at /docs: plain HTML from the registries, no script. */
export function toReferencePage(version: string): string {
  const groups = Map.groupBy(operations as readonly Operation[], (operation) => operation.name.split(".")[0]!);
  const families = Map.groupBy(eventTypes, (event) => event.type.split(".")[0]!);
  const links = [...groups.keys()].map((group) => `<li><a href="#${group}">${group}</a></li>`).join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Orrery API</title><style>${style}</style></head><body>
<nav aria-label="Sections"><b>Orrery API</b> <small>${escape(version)}</small>
<h2>Operations</h2><ul>${links}</ul><h2>More</h2><ul><li><a href="#frames">WebSocket</a></li><li><a href="#errors">Errors</a></li><li><a href="#events">Events</a></li><li><a href="/api/openapi.json">OpenAPI 3.1</a></li></ul></nav>
<main><h1>Orrery API</h1>
<p>Every operation below is one declaration, served as an HTTP route, a WebSocket command, a command line and a client method. This page is made from the same declarations.</p>
${[...groups].map(([group, list]) => `<section id="${group}"><h2>${group}</h2>${list.map(operationHtml).join("")}</section>`).join("\n")}
${framesHtml}
${errorsHtml}
<section id="events"><h2>Events</h2><p>Everything that happens is one of these, or your own <code>x.&lt;name&gt;.&lt;verb&gt;</code>. Send them with <a href="#events.append"><code>events.append</code></a>; <code>id</code> is accepted once.</p>
${[...families].map(([family, list]) => `<h3>${family}</h3>${list.map(eventHtml).join("")}`).join("\n")}</section>
</main></body></html>`;
}

function operationHtml(operation: Operation): string {
  const fields = fieldsOf(operation);
  const rows = fields.map(
    (field) =>
      `<tr><td><code>${field.name}</code></td><td>${field.where}</td><td>${field.isRequired ? "required" : "optional"}</td><td>${escape(typeOf(field.schema))}</td></tr>`,
  );
  const params = exampleInput(operation, fields);
  const table =
    rows.length === 0
      ? ""
      : `<table><thead><tr><th>Field</th><th>In</th><th></th><th>Type</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  return `<article id="${operation.name}"><h3><span class="verb">${operation.method}</span> <code>/api${escape(operation.path)}</code></h3>
<p>${escape(operation.summary)}</p><p class="meta">${operation.name} · ${operation.kind} · scope ${operation.scope}</p>${table}
<details><summary>Examples</summary><pre>${escape(curlOf(operation, params))}</pre>
<pre>${escape(JSON.stringify({ command: operation.name, id: "1", params }))}</pre><pre>${escape(`orrery call ${operation.name} '${JSON.stringify(params)}'`)}</pre></details></article>`;
}

function exampleInput(operation: Operation, fields: ReturnType<typeof fieldsOf>): Record<string, unknown> {
  if (operation.body === "events") return { events: [exampleOf(eventTypes[0])] };
  if (operation.body === "raw")
    return { bodies: [{ hook_event_name: "SessionStart", session_id: "9f", cwd: "/home/dev/shop", source: "startup" }] };
  if (operation.body === "bytes") return { format: "codex-exec", run: "1", text: '{"type":"thread.started","thread_id":"9f"}\n' };
  const known: Readonly<Record<string, unknown>> = { session_id: "ses_9f", sha256: "0".repeat(64), limit: 20 };
  return Object.fromEntries(
    fields.filter((field) => field.isRequired || field.name === "limit").map((field) => [field.name, known[field.name] ?? "…"]),
  );
}

function curlOf(operation: Operation, params: Readonly<Record<string, unknown>>): string {
  const rest = { ...params };
  const path = operation.path.replace(/:([a-z0-9_]+)/g, (_, name: string) => {
    const value = String(rest[name]);
    delete rest[name];
    return encodeURIComponent(value);
  });
  const url = `http://127.0.0.1:7717/api${path}`;
  if (operation.body === "bytes") {
    const command = `codex exec --json 'fix the test' | tee run.jsonl; curl '${url}?run=1' -H 'content-type: application/x-ndjson'`;
    return `${command} --data-binary @run.jsonl`;
  }
  if (operation.method === "GET") {
    const query = new URLSearchParams(Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)])).toString();
    return `curl '${url}${query === "" ? "" : `?${query}`}'`;
  }
  const field = itemsField(operation);
  return `curl ${operation.method === "POST" ? "" : `-X ${operation.method} `}${url} -H 'content-type: application/json' -d '${JSON.stringify(field === undefined ? rest : (rest[field] as unknown[])[0])}'`;
}

function eventHtml(event: (typeof eventTypes)[number]): string {
  return `<article id="event-${event.type}"><h4><code>${event.type}</code></h4><pre>${escape(JSON.stringify(exampleOf(event), null, 2))}</pre></article>`;
}

/** A schema in a few words. */
function typeOf(schema: unknown): string {
  const { type, enum: values, anyOf, items, default: fallback, minimum, maximum } = schema as Readonly<Record<string, unknown>>;
  const range = typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER ? ` ${String(minimum ?? "")}–${maximum}` : "";
  const suffix = fallback === undefined ? "" : `, default ${JSON.stringify(fallback)}`;
  if (Array.isArray(values)) return values.join(" | ") + suffix;
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(typeOf))].join(" or ") + suffix;
  if (type === "array") return `list of ${typeOf(items ?? {})}${suffix}`;
  return `${typeof type === "string" ? type : "any"}${range}${suffix}`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

const framesHtml = `<section id="frames"><h2>WebSocket: <code>/ws</code></h2>
<p>Send <code>{"command", "id"?, "params"?}</code>. Each <code>id</code> is answered once, by <code>result</code> or <code>error</code>; <code>subscribe</code> by <code>subscribed</code>. Any operation name is a command.</p>
<table><thead><tr><th>Command</th><th>Meaning</th></tr></thead><tbody>
<tr><td><code>subscribe {channels, from?, snapshot?}</code></td><td>Channels: a type, <code>tool.*</code>, <code>*</code>, <code>session:&lt;id&gt;</code>, <code>run:&lt;id&gt;</code>, <code>live:&lt;pattern&gt;</code>. <code>from</code>: a seq already seen, <code>"now"</code> or <code>"start"</code>. Then every matching event after it, once, in order. A connection has one stream: subscribing again adds channels from now on, or with <code>from</code> or <code>snapshot</code> begins again there with all of them.</td></tr>
<tr><td><code>unsubscribe {channels?}</code></td><td>Some channels, or all.</td></tr>
<tr><td><code>get_history {event_types?, before?, after?, limit?}</code></td><td>The newest page, oldest first inside; <code>before</code> the first seq of a page gives the one before it.</td></tr>
<tr><td><code>ping</code>, <code>get_status</code></td><td>As named.</td></tr></tbody></table>
<table><thead><tr><th>Frame from the server</th><th>Meaning</th></tr></thead><tbody>
<tr><td><code>hello {protocol, server, seq, auth}</code></td><td>First; <code>seq</code> is the head of the log.</td></tr>
<tr><td><code>subscribed {channels, head, id?}</code></td><td>What the stream now carries.</td></tr>
<tr><td><code>snapshot {seq, state}</code></td><td>The picture; the events that follow come after its <code>seq</code>.</td></tr>
<tr><td>an event, with a dot in <code>type</code> and a <code>seq</code></td><td>What happened.</td></tr>
<tr><td><code>lagged {from_seq, to_seq}</code></td><td>You read too slowly for live sending; the events come now from the log, none is lost.</td></tr>
<tr><td><code>ping {at}</code>, <code>goodbye {reason}</code></td><td>Every 30 seconds, with a protocol ping; before the server stops.</td></tr></tbody></table></section>`;

const errorsHtml = `<section id="errors"><h2>Errors</h2><p>Always <code>{"error": {"code", "message", "retry", "details"?}}</code> with the code's status; on the WebSocket the same fields in an <code>error</code> frame. <code>retry</code> is <code>never</code>, <code>later</code> or <code>now</code>.</p></section>`;

const style = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 7%,transparent)}
body{font:15px/1.55 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:14rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem;box-sizing:border-box;border-right:1px solid var(--line)}
nav h2{font-size:.75rem;text-transform:uppercase;letter-spacing:.06em;opacity:.65;margin:1.5rem 0 .3rem}nav ul{list-style:none;padding:0;margin:0}nav a{display:block;padding:.15rem 0}
main{max-width:56rem;padding:1.5rem 2rem 6rem}h1{margin-top:0}section>h2{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line)}
article{margin:1.75rem 0}h3{margin:0 0 .25rem;font-size:1.05rem}h4{margin:0 0 .25rem}article p{margin:.25rem 0}.meta{opacity:.7;font-size:.85em}
.verb{font:600 .75rem ui-monospace,monospace;padding:.15em .45em;border:1px solid var(--line);border-radius:4px}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{background:var(--soft);padding:.75rem;border-radius:6px;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;margin:.5rem 0;width:100%}th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}th{font-size:.8rem;opacity:.7}
a{color:inherit}summary{cursor:pointer;opacity:.8}@media(max-width:50rem){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}}`;
