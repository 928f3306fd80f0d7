import { WireError } from "./wire-error.ts";

/** What travels in a frame besides signatures: plain data, and bytes as they are. */
export type WireValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly WireValue[]
  | { readonly [name: string]: WireValue };

/** Deeper than any message of ours; a frame cannot make the reader recurse further. */
const maximumDepth = 16;

/** One octet before each value says what follows. */
const marks = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** Eight octets, IEEE 754. */
  number: 4,
  /** These four: a count in four octets, then octets, values, or pairs of a string's octets and a value. */
  string: 5,
  bytes: 6,
  list: 7,
  record: 8,
} as const;

/** The value in octets. @throws WireError for what is no plain data: a function, a class, a cycle. */
export function encodeWireValue(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts, 0);
  return Buffer.concat(parts);
}

/**
 * The value of these octets, all of them. Bytes in it are views of the octets, not copies, so whoever overwrites one
 * overwrites what was received.
 *
 * @throws WireError for anything else than what {@link encodeWireValue} writes.
 */
export function decodeWireValue(octets: Uint8Array): WireValue {
  const input = { octets, at: 0 };
  const value = read(input, 0);
  if (input.at !== octets.length) throw new WireError("octets follow a value");
  return value;
}

function write(value: unknown, parts: Uint8Array[], depth: number): void {
  if (depth > maximumDepth) throw new WireError("a value is nested too deep");
  switch (typeof value) {
    case "undefined":
      parts.push(mark("undefined"));
      return;
    case "boolean":
      parts.push(mark(value ? "true" : "false"));
      return;
    case "number":
      parts.push(mark("number"), float(value));
      return;
    case "string":
      parts.push(mark("string"), ...counted(Buffer.from(value, "utf8")));
      return;
    case "object":
      writeObject(value, parts, depth);
      return;
    default:
      throw new WireError(`a ${typeof value} is no plain data`);
  }
}

function writeObject(value: object | null, parts: Uint8Array[], depth: number): void {
  if (value === null) {
    parts.push(mark("null"));
  } else if (value instanceof Uint8Array) {
    parts.push(mark("bytes"), ...counted(value));
  } else if (Array.isArray(value)) {
    parts.push(mark("list"), count(value.length));
    for (const item of value) write(item, parts, depth + 1);
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      throw new WireError("an object is no plain data");
    const members = Object.entries(value);
    parts.push(mark("record"), count(members.length));
    for (const [name, member] of members) {
      parts.push(...counted(Buffer.from(name, "utf8")));
      write(member, parts, depth + 1);
    }
  }
}

function mark(name: keyof typeof marks): Uint8Array {
  return Uint8Array.of(marks[name]);
}

function float(value: number): Uint8Array {
  const octets = Buffer.alloc(8);
  octets.writeDoubleBE(value);
  return octets;
}

function count(value: number): Uint8Array {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

function counted(octets: Uint8Array): [Uint8Array, Uint8Array] {
  return [count(octets.length), octets];
}

interface Input {
  readonly octets: Uint8Array;
  at: number;
}

function read(input: Input, depth: number): WireValue {
  if (depth > maximumDepth) throw new WireError("a value is nested too deep");
  const [kind] = take(input, 1);
  switch (kind) {
    case marks.number:
      return viewOf(take(input, 8)).getFloat64(0);
    case marks.string:
      return readText(input);
    case marks.bytes:
      return take(input, readCount(input));
    case marks.list:
      return readList(input, depth);
    case marks.record:
      return readRecord(input, depth);
    default:
      return readConstant(kind);
  }
}

function readConstant(kind: number | undefined): WireValue {
  switch (kind) {
    case marks.undefined:
      return undefined;
    case marks.null:
      return null;
    case marks.false:
      return false;
    case marks.true:
      return true;
    default:
      throw new WireError("a value of no kind that is known");
  }
}

function readList(input: Input, depth: number): WireValue[] {
  const items: WireValue[] = [];
  for (let left = readCountOfValues(input); left > 0; left -= 1) items.push(read(input, depth + 1));
  return items;
}

function readRecord(input: Input, depth: number): Record<string, WireValue> {
  const members = new Map<string, WireValue>();
  for (let left = readCountOfValues(input); left > 0; left -= 1) {
    const name = readText(input);
    if (members.has(name)) throw new WireError("a record has a member twice");
    members.set(name, read(input, depth + 1));
  }
  // Defines members, also one named __proto__, and assigns none.
  return Object.fromEntries(members);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readText(input: Input): string {
  const octets = take(input, readCount(input));
  try {
    return utf8.decode(octets);
  } catch (cause) {
    throw new WireError("a text is not UTF-8", { cause });
  }
}

function readCount(input: Input): number {
  return viewOf(take(input, 4)).getUint32(0);
}

/** Each value has an octet at least, so no count makes the reader build more than was sent. */
function readCountOfValues(input: Input): number {
  const values = readCount(input);
  if (values > input.octets.length - input.at) throw new WireError("a list ends too early");
  return values;
}

function take(input: Input, length: number): Uint8Array {
  const end = input.at + length;
  if (end > input.octets.length) throw new WireError("a value ends too early");
  // Not a Buffer, whose `slice` is no copy, whatever the octets are.
  const taken = new Uint8Array(input.octets.buffer, input.octets.byteOffset + input.at, length);
  input.at = end;
  return taken;
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}
