// The least that any program has to do so that each event is on disk and then with every client: one commit and one write per client for all
// that came within a few milliseconds, over bare sockets. It parses no event, checks nothing, knows no duplicates, answers no question.
// Argument: home.
import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { textFrame } from "../../src/gateway/frame.ts";

/** What comes within this time goes together. At once, without it, p50 is a quarter less and p99 half as much again. */
const TOGETHER_MS = 4;
/** Where an event says its type, at the latest. */
const TYPE_WITHIN = 400;
const END_OF_HEAD = Buffer.from("\r\n\r\n");
const OK = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
const WS_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface Posted {
  readonly body: Buffer;
  readonly frame: Buffer;
  readonly isWork: boolean;
  readonly from: Socket;
}

const [home = "."] = process.argv.slice(2);
const db = new DatabaseSync(join(home, "relay.db"));
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, body BLOB)");
const insert = db.prepare("INSERT INTO events (body) VALUES (?)");
/** Of each client, whether it wants everything or only what agents do. */
const clients = new Map<Socket, "all" | "work">();
let posted: Posted[] = [];
let seq = 0;

function flush(): void {
  const group = posted;
  posted = [];
  db.exec("BEGIN IMMEDIATE");
  for (const { body } of group) insert.run(body);
  db.exec("COMMIT");
  const bytes = {
    all: Buffer.concat(group.map(({ frame }) => frame)),
    work: Buffer.concat(group.filter(({ isWork }) => isWork).map(({ frame }) => frame)),
  };
  for (const [socket, wanted] of clients) if (bytes[wanted].length > 0) socket.write(bytes[wanted]);
  for (const { from } of group) from.write(OK);
}

function take(body: Buffer, from: Socket): void {
  const frame = textFrame(`{"seq":${++seq},${body.toString("utf8", 1)}`);
  posted.push({ body, frame, isWork: /"type":"(tool|turn)\./.test(body.toString("latin1", 0, TYPE_WITHIN)), from });
  if (posted.length === 1) setTimeout(flush, TOGETHER_MS);
}

function upgrade(socket: Socket, head: string): void {
  const key = /sec-websocket-key: *(\S+)/i.exec(head)![1]!;
  const accept = createHash("sha1")
    .update(key + WS_SUFFIX)
    .digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`);
  socket.write(textFrame('{"type":"hello"}'));
  socket.on("close", () => clients.delete(socket));
  // Its one command subscribes; a mask of zeros leaves the text as it is.
  socket.on("data", (told) => {
    clients.set(socket, told.includes('"*"') ? "all" : "work");
    socket.write(textFrame('{"type":"subscribed"}'));
  });
}

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  const read = (data: Buffer): void => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    for (;;) {
      const end = rest.indexOf(END_OF_HEAD);
      if (end === -1) return;
      const head = rest.toString("latin1", 0, end);
      if (head.startsWith("GET ")) {
        socket.off("data", read);
        return upgrade(socket, head);
      }
      const from = end + END_OF_HEAD.length;
      const until = from + Number(/content-length: (\d+)/i.exec(head)![1]);
      if (rest.length < until) return;
      take(Buffer.from(rest.subarray(from, until)), socket);
      rest = rest.subarray(until);
    }
  };
  socket.on("data", read);
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, port })}\n`);
});
