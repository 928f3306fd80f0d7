import { parsePublicKey } from "@yinxin/crypto/algorithms";
import { equalBytes } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";

export const identifierOctets = 20;

/** CKA_ID of a key: the first 20 octets of SHA-256 of the public key's BIT STRING, for curves the point (RFC 7093 §2). */
export function identifierOf(publicKey: Uint8Array): Uint8Array {
  return digest("SHA-256", parsePublicKey(publicKey).key).slice(0, identifierOctets);
}

/** Whether a CKA_ID is computed from this key, and so can mean no other. */
export function isNamedBy(id: Uint8Array, publicKey: Uint8Array): boolean {
  return id.length === identifierOctets && equalBytes(id, identifierOf(publicKey));
}
