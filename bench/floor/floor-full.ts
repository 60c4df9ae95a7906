// What a plain server with Orrery's wire can reach: fastify, node:sqlite with group commit (WAL, FULL) before each answer, a `ws` loop.
// No projections, no checks, no duplicates, no catch-up. Arguments: home, and `--no-store` for the bare loop.
import Fastify from "fastify";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WebSocketServer, type WebSocket } from "ws";

interface Event {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly session_id?: string;
  readonly data?: unknown;
}
interface Client {
  readonly ws: WebSocket;
  readonly channels: readonly string[];
}

const [home = ".", mode] = process.argv.slice(2);
const isStoring = mode !== "--no-store";
const db = new DatabaseSync(join(home, "floor.db"));
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
db.exec(
  "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT, ts TEXT, session TEXT, data TEXT); CREATE INDEX IF NOT EXISTS by_session ON events (session, seq)",
);
const insert = db.prepare("INSERT INTO events (seq, id, type, ts, session, data) VALUES (?, ?, ?, ?, ?, ?)");
let seq = (db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM events").get() as { seq: number }).seq;
let hooks = 0;
let waiting: { readonly events: readonly Event[]; readonly resolve: () => void }[] = [];
const clients = new Set<Client>();

function append(events: readonly Event[]): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push({ events, resolve }) === 1) setImmediate(flush);
  });
}

function flush(): void {
  const group = waiting;
  waiting = [];
  if (isStoring) db.exec("BEGIN IMMEDIATE");
  const stored = group.flatMap(({ events }) =>
    events.map((event) => {
      seq++;
      if (isStoring) insert.run(seq, event.id, event.type, event.timestamp, event.session_id ?? null, JSON.stringify(event.data));
      return { seq, ...event };
    }),
  );
  if (isStoring) db.exec("COMMIT");
  for (const event of stored) {
    const text = clients.size > 0 ? JSON.stringify(event) : "";
    for (const { ws, channels } of clients) if (channels.some((channel) => matches(channel, event))) ws.send(text);
  }
  for (const { resolve } of group) resolve();
}

function matches(channel: string, event: Event): boolean {
  if (channel === "*" || channel === event.type || channel === `session:${event.session_id}`) return true;
  return channel.endsWith(".*") && event.type.startsWith(channel.slice(0, -1));
}

const app = Fastify({ bodyLimit: 16 * 1024 * 1024 });
app.addContentTypeParser("application/x-ndjson", { parseAs: "string" }, (_, body, done) =>
  done(
    null,
    (body as string)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Event),
  ),
);
app.post("/api/events", (request, reply) => {
  const events = Array.isArray(request.body) ? (request.body as Event[]) : [request.body as Event];
  void append(events).then(() => reply.send({ stored: events.length }));
});
app.post("/api/ingest/claude-code", (request, reply) => {
  const body = request.body as { hook_event_name: string; session_id: string };
  const id = `hook-${++hooks}`;
  const event = { id, type: body.hook_event_name, timestamp: new Date().toISOString(), session_id: body.session_id, data: body };
  void append([event]).then(() => reply.send());
});
await app.listen({ port: 0, host: "127.0.0.1" });

const { port } = app.server.address() as { port: number };
const sockets = new WebSocketServer({ server: app.server, path: "/ws", perMessageDeflate: false });
sockets.on("connection", (ws) => {
  ws.send('{"type":"hello"}');
  ws.on("message", (text: Buffer) => {
    const { channels, blob } = (JSON.parse(text.toString()) as { params: { channels: string[]; blob?: number } }).params;
    // A snapshot without its making: as many bytes, built ahead.
    if (blob !== undefined) return ws.send(blobOf(blob));
    const client = { ws, channels };
    clients.add(client);
    ws.on("close", () => clients.delete(client));
    ws.send('{"type":"subscribed"}');
  });
});
let built = Buffer.alloc(0);
function blobOf(size: number): Buffer {
  if (built.length !== size) built = Buffer.from(`{"type":"snapshot","state":"${"x".repeat(Math.max(0, size - 30))}"}`);
  return built;
}
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, port })}\n`);
