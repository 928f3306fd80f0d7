import { bytesOfHex, concatBytes, hexOf } from "../bytes/index.ts";
import {
  DerError,
  integer,
  octetString,
  parseDer,
  readChildren,
  readInteger,
  sequence,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/** A ciphertext cannot be opened. Which part of it was wrong is not said: whoever may ask often would learn the plaintext. */
export class Sm2CipherError extends Error {
  readonly code = "sm2-cipher-wrong";
  constructor() {
    super("the SM2 ciphertext cannot be opened with this key");
    this.name = "Sm2CipherError";
  }
}

/** The parts of an SM2 ciphertext (GB/T 32918.4-2016 §6.1). */
export interface Sm2Cipher {
  /** C1: x ‖ y, 64 bytes. */
  readonly point: Uint8Array;
  /** C3: SM3 over x2 ‖ M ‖ y2. */
  readonly hash: Uint8Array;
  /** C2, as long as the plaintext. */
  readonly text: Uint8Array;
}

/** SM2Cipher ::= SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, text OCTET STRING } (GB/T 35276-2017 §7.2). */
export function writeSm2Cipher({ point, hash, text }: Sm2Cipher): Uint8Array {
  const numberAt = (start: number): bigint => BigInt(`0x${hexOf(point.subarray(start, start + 32))}`);
  return sequence(integer(numberAt(0)), integer(numberAt(32)), octetString(hash), octetString(text));
}

/** @throws Sm2CipherError unless it is strict DER of an SM2Cipher with some text in it. */
export function readSm2Cipher(der: Uint8Array): Sm2Cipher {
  try {
    const [x, y, hash, text, ...more] = readChildren(parseDer(der));
    if (x === undefined || y === undefined || more.length > 0) throw new Sm2CipherError();
    const point = concatBytes(coordinate(readInteger(x)), coordinate(readInteger(y)));
    return checked({ point, hash: octetsOf(hash), text: octetsOf(text) });
  } catch (cause) {
    if (cause instanceof DerError) throw new Sm2CipherError();
    throw cause;
  }
}

/** The raw form 04 ‖ x ‖ y ‖ C3 ‖ C2 of an SM2Cipher. @throws Sm2CipherError */
export function rawOfCipher(der: Uint8Array): Uint8Array {
  const { point, hash, text } = readSm2Cipher(der);
  return concatBytes(Uint8Array.of(0x04), point, hash, text);
}

/** An SM2Cipher of the raw form C1 ‖ C3 ‖ C2, C1 uncompressed. @throws Sm2CipherError */
export function cipherOfRaw(raw: Uint8Array): Uint8Array {
  if (raw[0] !== 0x04 || raw.length < 97) throw new Sm2CipherError();
  const cipher = { point: raw.subarray(1, 65), hash: raw.subarray(65, 97), text: raw.subarray(97) };
  return writeSm2Cipher(checked(cipher));
}

function checked(cipher: Sm2Cipher): Sm2Cipher {
  if (cipher.hash.length !== 32 || cipher.text.length === 0) throw new Sm2CipherError();
  return cipher;
}

function coordinate(value: bigint): Uint8Array {
  const digits = value < 0n ? "" : value.toString(16).padStart(64, "0");
  if (digits.length !== 64) throw new Sm2CipherError();
  return bytesOfHex(digits);
}

function octetsOf(element: DerElement | undefined): Uint8Array {
  if (element?.tag !== tags.octetString) throw new Sm2CipherError();
  return element.contents;
}
