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

function withHeader(first: number, size: number): Buffer {
  const headerSize = size < 126 ? 2 : size < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerSize + size);
  frame[0] = first;
  if (headerSize === 2) {
    frame[1] = size;
  } else if (headerSize === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(size), 2);
  }
  return frame;
}
