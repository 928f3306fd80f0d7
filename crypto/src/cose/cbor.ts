import { decode, encode, rfc8949EncodeOptions, Tokenizer } from "cborg";
import type { DecodeOptions, DecodeTokenizer } from "cborg/interface";

import { CoseError } from "./cose-error.ts";

/** What CBOR holds here. Maps are `Map`s, because COSE labels are numbers. */
export type CborValue =
  number | bigint | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap | CborTagged;
export type CborMap = ReadonlyMap<number | string, CborValue>;

/** A value under a tag. */
export interface CborTagged {
  readonly tag: number;
  readonly value: CborValue;
}

/** A receipt has a few hundred bytes, a status list token at most as many as its list; more is not read. */
export const maximumCborBytes = 16 * 1024 * 1024;

/** COSE nests five deep; the reader is recursive, and its stack is not for the sender to fill. */
const maximumDepth = 32;

/** A receipt with sixteen proofs has a thousand; each becomes an object many times as large as its one octet. */
const maximumItems = 10_000;

/** COSE_Sign1 and CWT (RFC 9052 §4.2, RFC 8392 §6); every other tag is refused. */
export const coseSign1Tag = 18;
export const cwtTag = 61;

const tagged = (tag: number) => (value: unknown) => ({ tag, value });
const tags: NonNullable<DecodeOptions["tags"]> = [];
for (const tag of [coseSign1Tag, cwtTag]) tags[tag] = tagged(tag);

const options: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
  useMaps: true,
  tags,
};

/**
 * Reads one CBOR value that fills the bytes: definite lengths, shortest forms, no key twice (RFC 8949 §4.1, §5.6). The order
 * of a map's keys is not asked for, since COSE signs the bytes as they are.
 *
 * @throws CoseError `cbor-malformed`.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  if (bytes.length > maximumCborBytes) throw new CoseError("cbor-malformed", "too long");
  try {
    return decode(bytes, { ...options, tokenizer: boundedTokenizer(bytes) }) as CborValue;
  } catch (cause) {
    // The library has no error class of its own.
    if (cause instanceof CoseError || !(cause instanceof Error)) throw cause;
    throw new CoseError("cbor-malformed", cause.message, { cause });
  }
}

/** Writes deterministic CBOR: shortest forms, keys in the order of their bytes (RFC 8949 §4.2.1). */
export function encodeCbor(value: CborValue): Uint8Array {
  return new Uint8Array(encode(value, rfc8949EncodeOptions));
}

/** The value under a tag, as bytes: the encoder writes tags only for types of its own. */
export function encodeTagged(tag: number, value: CborValue): Uint8Array {
  const body = encodeCbor(value);
  const head = tag < 24 ? [0xc0 | tag] : [0xd8, tag];
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/** Counts what is there and what is open, before the library makes objects of it and its recursion fills the stack. */
function boundedTokenizer(bytes: Uint8Array): DecodeTokenizer {
  const inner = new Tokenizer(bytes, options);
  /** How many items each open container still expects. */
  const open: number[] = [];
  let items = 0;
  return {
    done: () => inner.done(),
    pos: () => inner.pos(),
    next: () => {
      const token = inner.next();
      items += 1;
      if (items > maximumItems) throw new CoseError("cbor-malformed", "too many items");
      const last = open.length - 1;
      if (last >= 0) open[last] = (open[last] ?? 1) - 1;
      const { name } = token.type;
      if (name === "array") open.push(Number(token.value));
      else if (name === "map") open.push(Number(token.value) * 2);
      else if (name === "tag") open.push(1);
      while (open.at(-1) === 0) open.pop();
      if (open.length > maximumDepth) throw new CoseError("cbor-malformed", "nested too deep");
      return token;
    },
  };
}
