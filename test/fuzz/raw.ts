// Bytes over a plain socket, and what comes back: for what no HTTP or WebSocket client would ever send.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { randomBytes } from "node:crypto";

export interface Raw {
  readonly socket: Socket;
  /** What came so far. */
  read(): Buffer;
  /** Everything that came until the other side closed, or until it was silent for `ms`. */
  rest(ms?: number): Promise<Buffer>;
}

export async function openRaw(port: number): Promise<Raw> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const pieces: Buffer[] = [];
  let touched = (): void => undefined;
  socket.on("data", (piece) => (pieces.push(piece), touched()));
  socket.on("error", () => undefined);
  socket.on("end", () => socket.end());
  await once(socket, "connect");
  const read = (): Buffer => Buffer.concat(pieces);
  return {
    socket,
    read,
    async rest(ms = 300) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let timer = setTimeout(resolve, ms);
      touched = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, ms);
      };
      if (socket.closed) resolve();
      socket.once("close", resolve);
      await promise;
      clearTimeout(timer);
      return read();
    },
  };
}

/** The statuses of the HTTP answers in a stream of bytes. */
export function statusesOf(bytes: Buffer): number[] {
  return [...bytes.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

export function upgradeRequest(port: number, path = "/ws", headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    ...headers,
  };
  return `GET ${path} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
}

/** One frame of a client. `masked: false` and a `length` that lies are what a client must not do. */
export function frame(
  opcode: number,
  payload: Buffer,
  { fin = true, rsv = 0, masked = true, length = payload.length }: { fin?: boolean; rsv?: number; masked?: boolean; length?: number } = {},
): Buffer {
  const sizes =
    length < 126
      ? Buffer.from([length])
      : length < 65_536
        ? Buffer.from([126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([127]), bigEndian(length)]);
  sizes[0]! |= masked ? 0x80 : 0;
  const mask = masked ? randomBytes(4) : Buffer.alloc(0);
  const body = masked ? payload.map((byte, at) => byte ^ mask[at % 4]!) : payload;
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]), sizes, mask, body]);
}

function bigEndian(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
