import { latin1Of } from "../bytes/index.ts";
import { rawOf } from "./objects.ts";
import type { PdfString } from "./objects.ts";

export interface PdfProblem {
  readonly code: PdfProblemCode;
  /** A sentence for a person. */
  readonly detail: string;
}

/** What is structurally wrong with a signature. None of these is tolerable: the signature must not be believed. */
export type PdfProblemCode =
  | "byte-range-missing"
  | "byte-range-malformed"
  | "byte-range-gap"
  | "byte-range-end"
  | "contents-missing"
  | "contents-not-hex"
  | "contents-mixed-case"
  | "contents-not-der"
  | "contents-padding"
  | "duplicate-key"
  | "indirect-value"
  | "outside-file"
  | "shared-dictionary";

/**
 * Takes the DER value out of /Contents. Between the angle brackets only hexadecimal digits of one case may stand, and
 * behind the value only zeros: everything there is outside the signature, so it must have one spelling.
 */
export function readContents(contents: PdfString): {
  readonly value: Uint8Array;
  readonly problems: readonly PdfProblem[];
} {
  const problems: PdfProblem[] = [];
  const add = (code: PdfProblemCode, detail: string): void => {
    problems.push({ code, detail });
  };
  const written = latin1Of(rawOf(contents));
  if (!contents.isHex || !/^<([0-9a-fA-F]{2})*>$/.test(written)) {
    add("contents-not-hex", "The signature value is not one run of hexadecimal digits.");
  } else if (/[a-f]/.test(written) && /[A-F]/.test(written)) {
    add("contents-mixed-case", "The signature value mixes upper-case and lower-case digits.");
  }
  const length = elementLength(contents.bytes);
  if (length === undefined) {
    add("contents-not-der", "The signature value is not one DER element.");
    return { value: contents.bytes, problems };
  }
  if (contents.bytes.subarray(length).some((byte) => byte !== 0)) {
    add("contents-padding", "Bytes other than zero follow the signature value.");
  }
  return { value: contents.bytes.subarray(0, length), problems };
}

/** Length of the constructed element that the bytes begin with (ITU-T X.690 §8.1.3, definite form). */
export function elementLength(bytes: Uint8Array): number | undefined {
  const first = bytes[1];
  if (bytes[0] !== 0x30 || first === undefined) return undefined;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || count > 4) return undefined;
  const long = bytes.subarray(2, 2 + count).reduce((value, byte) => value * 256 + byte, 0);
  const length = 2 + count + (count === 0 ? first : long);
  return length <= bytes.length ? length : undefined;
}
