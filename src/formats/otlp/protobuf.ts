import { schemas, type Message, type MessageName } from "./schema.ts";

/**
 * Reads a protobuf message into the object that its JSON form would give: lower camel case names, 64-bit numbers as decimal text, ids as
 * hexadecimal text, other bytes in base64. Only what OTLP needs; unknown fields are skipped.
 * @throws MalformedProtobuf
 */
export function decodeProtobuf(bytes: Uint8Array, message: MessageName): Record<string, unknown> {
  return readMessage({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0, end: bytes.length }, message, 0);
}

export class MalformedProtobuf extends Error {}

/** A value may hold values; nobody writes them this deep by intent. */
const MAX_DEPTH = 64;

interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  readonly end: number;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function readMessage(cursor: Cursor, name: MessageName, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new MalformedProtobuf(`values are nested more than ${MAX_DEPTH} deep`);
  const fields: Message = schemas[name];
  const result: Record<string, unknown> = {};
  while (cursor.at < cursor.end) {
    const tag = Number(readVarint(cursor) & 0xffff_ffffn);
    const wire = tag & 7;
    const field = fields[tag >>> 3];
    if (tag >>> 3 === 0) throw new MalformedProtobuf(`field number 0 in ${name}`);
    if (field === undefined) {
      skip(cursor, wire);
      continue;
    }
    const [key, type, isRepeated] = field;
    if (wire === 2 && isPackable(type)) {
      // Repeated numbers come packed: one length, then one after the other.
      if (isRepeated !== true) throw new MalformedProtobuf(`a list where one ${type} should be`);
      const inner = slice(cursor);
      const list = (result[key] ??= []) as unknown[];
      while (inner.at < inner.end) list.push(readNumber(inner, type));
      continue;
    }
    const value = readField(cursor, type, wire, depth);
    if (isRepeated === true) ((result[key] ??= []) as unknown[]).push(value);
    else result[key] = value;
  }
  return result;
}

function readField(cursor: Cursor, type: string, wire: number, depth: number): unknown {
  if (wireTypes[type] !== undefined && wireTypes[type] !== wire) throw new MalformedProtobuf(`wire type ${wire} where ${type} should be`);
  if (isPackable(type)) return readNumber(cursor, type);
  if (wire !== 2) throw new MalformedProtobuf(`wire type ${wire} where ${type} should be`);
  const inner = slice(cursor);
  if (type === "string") return utf8.decode(inner.bytes.subarray(inner.at, inner.end));
  if (type === "id") return toHex(inner.bytes.subarray(inner.at, inner.end));
  if (type === "bytes") return toBase64(inner.bytes.subarray(inner.at, inner.end));
  return readMessage(inner, type as MessageName, depth + 1);
}

/** What each scalar looks like on the wire: 0 varint, 1 eight bytes, 5 four bytes. */
const wireTypes: Readonly<Record<string, number>> = {
  bool: 0,
  int64: 0,
  uint32: 0,
  sint32: 0,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
  fixed32: 5,
};

function isPackable(type: string): boolean {
  return type in wireTypes;
}

function readNumber(cursor: Cursor, type: string): unknown {
  switch (type) {
    case "bool":
      return readVarint(cursor) !== 0n;
    case "int64":
      return BigInt.asIntN(64, readVarint(cursor)).toString();
    case "uint32":
      return Number(readVarint(cursor) & 0xffff_ffffn);
    case "sint32": {
      const raw = Number(readVarint(cursor) & 0xffff_ffffn);
      return (raw >>> 1) ^ -(raw & 1);
    }
    case "double":
      return cursor.view.getFloat64(advance(cursor, 8), true);
    case "fixed32":
      return cursor.view.getUint32(advance(cursor, 4), true);
    case "sfixed64":
      return cursor.view.getBigInt64(advance(cursor, 8), true).toString();
    default:
      return cursor.view.getBigUint64(advance(cursor, 8), true).toString();
  }
}

function readVarint(cursor: Cursor): bigint {
  // Nearly all are tags and lengths of one byte or two; only numbers of events need more than 28 bits.
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = cursor.bytes[advance(cursor, 1)]!;
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[advance(cursor, 1)]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new MalformedProtobuf("a number is longer than ten bytes");
}

/** Moves on by `size` bytes; returns where they began. */
function advance(cursor: Cursor, size: number): number {
  const at = cursor.at;
  if (size < 0 || at + size > cursor.end) throw new MalformedProtobuf(`the message ends in the middle of a field (byte ${at})`);
  cursor.at = at + size;
  return at;
}

function slice(cursor: Cursor): Cursor {
  const size = Number(readVarint(cursor));
  const at = advance(cursor, size);
  return { bytes: cursor.bytes, view: cursor.view, at, end: at + size };
}

function skip(cursor: Cursor, wire: number): void {
  if (wire === 0) readVarint(cursor);
  else if (wire === 1) advance(cursor, 8);
  else if (wire === 2) slice(cursor);
  else if (wire === 5) advance(cursor, 4);
  else throw new MalformedProtobuf(`wire type ${wire} is not used by OTLP`);
}

function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
