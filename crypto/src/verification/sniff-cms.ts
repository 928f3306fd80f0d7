import { oid, tags } from "../der/index.ts";

/** RFC 5652 §5.1 and GB/T 35275-2017 §8. */
const signedDataTypes = [oid("1.2.840.113549.1.7.2"), oid("1.2.156.10197.6.1.4.2.2")];

/** Whether bytes begin like the ContentInfo of a SignedData, in DER or BER. Looser than parsing, as for seals. */
export function isCmsStart(bytes: Uint8Array): boolean {
  const length = bytes[1];
  if (bytes[0] !== tags.sequence || length === undefined) return false;
  const start = 2 + (length < 0x80 ? 0 : length & 0x7f);
  return signedDataTypes.some((type) => type.every((octet, index) => bytes[start + index] === octet));
}
