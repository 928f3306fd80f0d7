import { concatBytes } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";

/** One data object of ISO/IEC 7816-4 §5.2.2: a tag of one or two octets, written as one number (0x7f49), and its value. */
export interface Tlv {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** BER-TLV; the length in as few octets as there need be. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = concatBytes(...parts);
  return concatBytes(tagOctets(tag), lengthOctets(value.length), value);
}

/** @throws KeyStoreError `device-error` for what is cut off or no TLV: a card answers with nothing else. */
export function readTlvs(bytes: Uint8Array): readonly Tlv[] {
  const objects: Tlv[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const tag = readTag(bytes, offset);
    const length = readLength(bytes, tag.next);
    const end = length.next + length.value;
    if (end > bytes.length) throw malformed();
    objects.push({ tag: tag.value, value: bytes.subarray(length.next, end) });
    offset = end;
  }
  return objects;
}

/** The value of the first object with this tag. @throws as {@link readTlvs}. */
export function findTlv(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  return readTlvs(bytes).find((object) => object.tag === tag)?.value;
}

function readTag(bytes: Uint8Array, offset: number): { value: number; next: number } {
  const first = octetAt(bytes, offset);
  if ((first & 0x1f) !== 0x1f) return { value: first, next: offset + 1 };
  const second = octetAt(bytes, offset + 1);
  if ((second & 0x80) !== 0) throw malformed();
  return { value: (first << 8) | second, next: offset + 2 };
}

function readLength(bytes: Uint8Array, offset: number): { value: number; next: number } {
  const first = octetAt(bytes, offset);
  if (first < 0x80) return { value: first, next: offset + 1 };
  if (first === 0x81) return { value: octetAt(bytes, offset + 1), next: offset + 2 };
  if (first !== 0x82) throw malformed();
  return { value: (octetAt(bytes, offset + 1) << 8) | octetAt(bytes, offset + 2), next: offset + 3 };
}

function octetAt(bytes: Uint8Array, offset: number): number {
  const octet = bytes[offset];
  if (octet === undefined) throw malformed();
  return octet;
}

/** A tag as it stands in a tag list (5C). */
export function tagOctets(tag: number): Uint8Array {
  if (tag > 0xffff) return Uint8Array.of(tag >> 16, tag >> 8, tag);
  return tag > 0xff ? Uint8Array.of(tag >> 8, tag) : Uint8Array.of(tag);
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x10000) return Uint8Array.of(0x82, length >> 8, length);
  throw new RangeError("no object of a card is that long");
}

function malformed(): KeyStoreError {
  return new KeyStoreError("device-error", "the card's answer is not BER-TLV");
}
