import { connect } from "node:net";
import { constants, inflateRawSync } from "node:zlib";
import { nowUs } from "./events.ts";

/**
 * A WebSocket client that only looks at what it must: it counts event frames, and with `onLatency` reads from each event's id when
 * it was sent. Everything else would be the harness measuring itself.
 */
export interface Subscriber {
  /** Event frames so far. */
  events(): number;
  /** Bytes so far. */
  bytes(): number;
  /** Resolves when a control frame whose text has `part` arrives; with its size on the wire and the time it was there, unpacked. */
  until(part: string): Promise<{ readonly size: number; readonly atMs: number; readonly text: string }>;
  command(command: string, params: object): void;
  pause(): void;
  resume(): void;
  close(): void;
}

const AT = "@".charCodeAt(0);
const ZERO = "0".charCodeAt(0);
const STAMP_DIGITS = 16;
/** How far into a frame the sender's stamp may lie: it is in the id, which comes second. */
const ID_WITHIN = 200;
const COMPRESSED = 0x40;
/** One for all clients: memory of its own for each read would be most of what two hundred of them cost. */
const READ = Buffer.alloc(64 * 1024);

export async function subscribe(
  port: number,
  options: { readonly channels?: readonly string[]; readonly onLatency?: (ms: number) => void } = {},
): Promise<Subscriber> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer: READ, callback: take } });
  const waiting = new Set<{ readonly part: string; readonly resolve: (frame: { size: number; atMs: number; text: string }) => void }>();
  let rest: Buffer[] = [];
  let restSize = 0;
  let needed = 0;
  let events = 0;
  let bytes = 0;
  let isUpgraded = false;

  function read(data: Buffer): Buffer {
    let at = 0;
    for (;;) {
      const start = headEnd(data, at);
      if (start === -1) break;
      const end = start + sizeOf(data, at);
      needed = end - at;
      if (end > data.length) break;
      // `{"seq":` begins an event, in Orrery and in the floor servers.
      if (data[start + 2] === 0x73 && data[start + 3] === 0x65 && data[start + 4] === 0x71) event(data, start);
      else if (waiting.size > 0) control(data.subarray(start, end), (data[at]! & COMPRESSED) !== 0);
      at = end;
      needed = 0;
    }
    return data.subarray(at);
  }

  function event(data: Buffer, start: number): void {
    events++;
    if (options.onLatency === undefined) return;
    const at = data.indexOf(AT, start);
    if (at === -1 || at - start > ID_WITHIN) return;
    let stamp = 0;
    for (let index = at + 1; index <= at + STAMP_DIGITS; index++) stamp = stamp * 10 + data[index]! - ZERO;
    options.onLatency((nowUs() - stamp) / 1_000);
  }

  function control(payload: Buffer, isCompressed: boolean): void {
    const plain = isCompressed ? inflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }) : payload;
    const text = plain.toString("utf8");
    for (const one of waiting) {
      if (!text.includes(one.part)) continue;
      waiting.delete(one);
      one.resolve({ size: payload.length, atMs: performance.now(), text });
    }
  }

  /** `size` bytes stand at the beginning of what all clients read into: what is not whole yet is kept as a copy. */
  function take(size: number): boolean {
    bytes += size;
    restSize += size;
    const chunk = READ.subarray(0, size);
    if (restSize < needed) return rest.push(Buffer.from(chunk)) > 0;
    let data = rest.length === 0 ? chunk : Buffer.concat([...rest, chunk], restSize);
    if (!isUpgraded) {
      const end = data.indexOf("\r\n\r\n");
      isUpgraded = end !== -1;
      data = isUpgraded ? data.subarray(end + 4) : data;
    }
    const left = isUpgraded ? read(data) : data;
    rest = left.length === 0 ? [] : [Buffer.from(left)];
    restSize = left.length;
    return true;
  }

  function command(name: string, params: object): void {
    socket.write(maskedFrame(JSON.stringify({ command: name, id: "1", params })));
  }

  const subscriber: Subscriber = {
    events: () => events,
    bytes: () => bytes,
    until: (part) => new Promise((resolve) => waiting.add({ part, resolve })),
    command,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => socket.destroy(),
  };
  const hello = subscriber.until('"type":"hello"');
  socket.write(
    "GET /ws HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: b3JyZXJ5LWJlbmNoLTAwMQ==\r\nsec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
  );
  await hello;
  if (options.channels !== undefined) {
    const answer = subscriber.until('"type":"subscribed"');
    command("subscribe", { channels: options.channels });
    await answer;
  }
  return subscriber;
}

/** Where the payload of the frame at `at` begins; -1 when its head is not all here. */
function headEnd(data: Buffer, at: number): number {
  if (at + 2 > data.length) return -1;
  const short = data[at + 1]! & 127;
  const end = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  return end > data.length ? -1 : end;
}

function sizeOf(data: Buffer, at: number): number {
  const short = data[at + 1]! & 127;
  if (short < 126) return short;
  return short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
}

/** Clients must mask; a mask of zeros leaves the text as it is. */
function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(8);
  head[0] = 0x81;
  head[1] = 0x80 | 126;
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
