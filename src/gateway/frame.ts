/**
 * A server's WebSocket text frame: header and payload in one buffer, unmasked, so that it can be built once and written to any number of
 * sockets. Not compressed, which a frame may be on any connection.
 */
export function textFrame(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const frame = withHeader(FINAL_TEXT, size);
  frame.write(text, frame.length - size);
  return frame;
}

/** Of text frames that each hold a JSON value, one that holds a JSON array of them; of a single one, itself. */
export function joinedFrame(frames: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = 0; at < frames.length;) {
    const start = at + headerSize(frames[at + 1]!);
    const end = start + payloadSize(frames, at);
    payloads.push(frames.subarray(start, end));
    at = end;
  }
  if (payloads.length === 1) return frames;
  const size = payloads.reduce((sum, payload) => sum + payload.length + 1, 1);
  const joined = withHeader(FINAL_TEXT, size);
  let at = joined.length - size;
  for (const [index, payload] of payloads.entries()) {
    joined.write(index === 0 ? "[" : ",", at++);
    at += payload.copy(joined, at);
  }
  joined.write("]", at);
  return joined;
}

/** The end of a raw deflate stream that was flushed, which RFC 7692 leaves out of the message. */
const FLUSHED = 4;

/** The same, compressed (RFC 7692): `parts` are raw deflate, each flushed and none final. For clients that negotiated it with a full window. */
export function deflatedFrame(parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, -FLUSHED);
  const frame = withHeader(FINAL_TEXT | COMPRESSED, size);
  let at = frame.length - size;
  for (const part of parts) at += part.copy(frame, at);
  return frame;
}

const FINAL_TEXT = 0x81;
const COMPRESSED = 0x40;

/** What stands for a size that needs two bytes, and for one that needs eight. */
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

function withHeader(first: number, size: number): Buffer {
  const short = size < TWO_BYTES ? size : size < 65_536 ? TWO_BYTES : EIGHT_BYTES;
  const frame = Buffer.allocUnsafe(headerSize(short) + size);
  frame[0] = first;
  frame[1] = short;
  if (short === TWO_BYTES) frame.writeUInt16BE(size, 2);
  else if (short === EIGHT_BYTES) frame.writeBigUInt64BE(BigInt(size), 2);
  return frame;
}

function headerSize(short: number): number {
  return short < TWO_BYTES ? 2 : short === TWO_BYTES ? 4 : 10;
}

/** Of the frame at `at`. */
function payloadSize(frames: Buffer, at: number): number {
  const short = frames[at + 1]!;
  if (short < TWO_BYTES) return short;
  return short === TWO_BYTES ? frames.readUInt16BE(at + 2) : Number(frames.readBigUInt64BE(at + 2));
}
