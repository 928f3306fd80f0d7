import { latin1Of } from "../bytes/index.ts";
import { malformed } from "./pdf-error.ts";

/** How many values may still be made; shared by all that is parsed of one file. */
export interface ValueBudget {
  left: number;
}

/** A position that moves over bytes. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  /** Absent where the input itself is short. */
  readonly values?: ValueBudget;
}

const regular = 0;
const whiteSpace = 1;
const delimiter = 2;

/** By byte: every byte of a file is asked for its class, so this is a table and not a set. */
const classes = new Uint8Array(256).fill(regular);
for (const byte of [0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20]) classes[byte] = whiteSpace;
for (const character of "()<>[]{}/%") classes[character.charCodeAt(0)] = delimiter;

/** ISO 32000-1 §7.2.2, table 1. */
export function isWhiteSpace(byte: number | undefined): boolean {
  return byte !== undefined && classes[byte] === whiteSpace;
}

/** White space, a delimiter or the end: what may follow a token (ISO 32000-1 §7.2.2). */
export function endsToken(byte: number | undefined): boolean {
  return byte === undefined || classes[byte] !== regular;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Passes white space only. */
export function skipWhiteSpace(cursor: Cursor): void {
  while (isWhiteSpace(cursor.bytes[cursor.at])) cursor.at += 1;
}

/** Passes white space and comments (ISO 32000-1 §7.2.3). */
export function skipSpace(cursor: Cursor): void {
  for (;;) {
    skipWhiteSpace(cursor);
    if (cursor.bytes[cursor.at] !== 0x25) return;
    while (
      cursor.at < cursor.bytes.length &&
      cursor.bytes[cursor.at] !== 0x0a &&
      cursor.bytes[cursor.at] !== 0x0d
    ) {
      cursor.at += 1;
    }
  }
}

/** Whether the ASCII `text` stands at `at`. */
export function standsAt(bytes: Uint8Array, at: number, text: string): boolean {
  if (at < 0 || at + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Takes the keyword if it stands here as a whole token. */
export function takeKeyword(cursor: Cursor, keyword: string): boolean {
  if (!standsAt(cursor.bytes, cursor.at, keyword)) return false;
  if (!endsToken(cursor.bytes[cursor.at + keyword.length])) return false;
  cursor.at += keyword.length;
  return true;
}

/** Reads an unsigned decimal number of at most 15 digits, or returns `undefined` and stays. */
export function takeUnsigned(cursor: Cursor): number | undefined {
  let end = cursor.at;
  while (isDigit(cursor.bytes[end])) end += 1;
  if (end === cursor.at || end - cursor.at > 15) return undefined;
  const value = Number(latin1Of(cursor.bytes.subarray(cursor.at, end)));
  cursor.at = end;
  return value;
}

/** {@link takeUnsigned} after white space. @throws PdfError `pdf-malformed` */
export function expectUnsigned(cursor: Cursor, what: string): number {
  skipSpace(cursor);
  const value = takeUnsigned(cursor);
  if (value === undefined) throw malformed(`${what} is missing`, cursor.at);
  return value;
}

/** @throws PdfError `pdf-malformed` if the keyword is not the next token. */
export function expectKeyword(cursor: Cursor, keyword: string): void {
  skipSpace(cursor);
  if (!takeKeyword(cursor, keyword)) throw malformed(`"${keyword}" expected`, cursor.at);
}

/** Where `text` next stands at or after `from`, or -1. */
export function findText(bytes: Uint8Array, text: string, from: number): number {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (standsAt(bytes, at, text)) return at;
  }
  return -1;
}

/** Where `text` last stands, starting no earlier than `from`, or -1. */
export function findLastText(bytes: Uint8Array, text: string, from: number): number {
  for (let at = bytes.length - text.length; at >= Math.max(0, from); at -= 1) {
    if (standsAt(bytes, at, text)) return at;
  }
  return -1;
}
