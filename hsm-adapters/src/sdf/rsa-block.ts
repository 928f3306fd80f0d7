import { digestAlgorithms, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import { concatBytes } from "@yinxin/crypto/bytes";
import { nullValue, octetString, oid, sequence } from "@yinxin/crypto/der";

import { KeyStoreError } from "../key-store/index.ts";

const digestsOf = { RS256: "SHA-256", RS384: "SHA-384", RS512: "SHA-512" } as const;
export type RsaRow = keyof typeof digestsOf;

/** At least eight octets of padding (RFC 8017 §9.2). */
const minimumPadding = 8;

export const isRsaRow = (algorithm: string): algorithm is RsaRow => algorithm in digestsOf;

/**
 * EMSA-PKCS1-v1_5 (RFC 8017 §9.2): what the device's private operation is applied to, since the application pads.
 *
 * @param size of the modulus, in octets.
 * @throws KeyStoreError `algorithm-not-supported` for a digest of another length, or a modulus too short for it.
 */
export function rsaSignatureBlock(row: RsaRow, digest: Uint8Array, size: number): Uint8Array {
  const { digest: name } = signatureAlgorithms[row];
  const { oid: digestOid, lengthBytes } = digestAlgorithms[name];
  const info = sequence(sequence(oid(digestOid), nullValue()), octetString(digest));
  const padding = size - info.length - 3;
  if (digest.length !== lengthBytes || padding < minimumPadding)
    throw new KeyStoreError("algorithm-not-supported", `${row} over ${String(digest.length)} octets`);
  return concatBytes(Uint8Array.of(0, 1), new Uint8Array(padding).fill(0xff), Uint8Array.of(0), info);
}
