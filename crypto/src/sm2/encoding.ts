import { bytesOfHex, concatBytes, hexOf } from "../bytes/index.ts";
import { DerError, integer, parseDer, readChildren, readInteger, sequence } from "../der/index.ts";

/** A signature value is in neither of the two accepted forms. */
export class SignatureEncodingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SignatureEncodingError";
  }
}

/** SEQUENCE { r, s } as two 32-byte numbers. @throws SignatureEncodingError if it is not strict DER or does not fit. */
export function rawOfDerSignature(der: Uint8Array): Uint8Array {
  const [r, s] = integersOf(der);
  return concatBytes(fixed32(r), fixed32(s));
}

/** r ‖ s of 32 bytes each as SEQUENCE { r, s } (GB/T 35276-2017 §7.3). @throws SignatureEncodingError for another length. */
export function derOfRawSignature(raw: Uint8Array): Uint8Array {
  if (raw.length !== 64) throw new SignatureEncodingError("a raw signature has 64 bytes");
  const numberAt = (start: number): bigint => BigInt(`0x${hexOf(raw.subarray(start, start + 32))}`);
  return sequence(integer(numberAt(0)), integer(numberAt(32)));
}

/**
 * A signature as devices and vendors write it, in DER: strict DER passes, raw r ‖ s is converted.
 *
 * @throws SignatureEncodingError for anything else.
 */
export function parseSignatureValue(value: Uint8Array): { der: Uint8Array; form: "der" | "raw" } {
  if (value.length === 64 && !isDerSignature(value)) return { der: derOfRawSignature(value), form: "raw" };
  integersOf(value);
  return { der: value, form: "der" };
}

function isDerSignature(value: Uint8Array): boolean {
  try {
    integersOf(value);
    return true;
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) return false;
    throw cause;
  }
}

function integersOf(der: Uint8Array): [bigint, bigint] {
  try {
    const [r, s, ...more] = readChildren(parseDer(der));
    if (r === undefined || s === undefined || more.length > 0) {
      throw new SignatureEncodingError("a signature has exactly two numbers");
    }
    return [readInteger(r), readInteger(s)];
  } catch (cause) {
    if (cause instanceof DerError)
      throw new SignatureEncodingError(`the signature is not DER: ${cause.message}`);
    throw cause;
  }
}

function fixed32(value: bigint): Uint8Array {
  const digits = value < 0n ? "" : value.toString(16);
  if (value < 0n || digits.length > 64)
    throw new SignatureEncodingError("a number of the signature is out of range");
  return bytesOfHex(digits.padStart(64, "0"));
}
