import { connect, type Socket } from "node:net";

/** One keep-alive connection that sends ready bytes: as little work per request as a load client can have. */
export interface HttpLine {
  /** Sends a request after those before it; resolves with the status once its whole answer is here. */
  send(request: Buffer): Promise<number>;
  /** The body of the last answer. */
  body(): string;
  close(): void;
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");

export function request(path: string, body: Buffer | string, type = "application/json"): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

export function query(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
}

export function openLine(port: number): Promise<HttpLine> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const waiting: { readonly bytes: Buffer; readonly resolve: (status: number) => void; readonly reject: (error: Error) => void }[] = [];
  let parts: Buffer[] = [];
  let size = 0;
  /** Of the answer that is coming, once its head is here. */
  let whole = Infinity;
  let lastBody: Buffer = Buffer.alloc(0);

  // Large answers come in many pieces: they are put together once.
  socket.on("data", (chunk) => {
    parts.push(chunk);
    size += chunk.length;
    if (whole === Infinity) whole = wholeOf(Buffer.concat(parts, size));
    if (size < whole) return;
    const received = Buffer.concat(parts, size);
    lastBody = received.subarray(received.indexOf(END_OF_HEAD) + END_OF_HEAD.length, whole);
    parts = size > whole ? [received.subarray(whole)] : [];
    size -= whole;
    whole = Infinity;
    waiting.shift()?.resolve(Number(received.toString("latin1", 9, 12)));
    if (waiting.length > 0) socket.write(waiting[0]!.bytes);
  });
  socket.on("close", () => {
    for (const one of waiting.splice(0)) one.reject(new Error("the server closed the connection"));
  });
  const line: HttpLine = {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        waiting.push({ bytes, resolve, reject });
        if (waiting.length === 1) socket.write(bytes);
      }),
    body: () => lastBody.toString("utf8"),
    close: () => socket.destroy(),
  };
  return opened(socket).then(() => line);
}

export function openLines(port: number, count: number): Promise<HttpLine[]> {
  return Promise.all(Array.from({ length: count }, () => openLine(port)));
}

/** How long the answer is whose first bytes these are; `Infinity` while its head is not whole. */
function wholeOf(bytes: Buffer): number {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end === -1) return Infinity;
  const length = /content-length: (\d+)/i.exec(bytes.toString("latin1", 0, end))?.[1] ?? 0;
  return end + END_OF_HEAD.length + Number(length);
}

function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
}
