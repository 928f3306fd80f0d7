/** The digests of RSAES-OAEP (RFC 8017 §7.1), of the label and of the mask. */
export type OaepDigest = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

/**
 * One private key that decrypts or agrees and never shows itself, as a Signer signs; a device can be one.
 *
 * What cannot be decrypted is `undefined` and nothing else is said: the reasons are what attackers ask for. A rejection
 * is a fault of the device. Calls may be concurrent.
 */
export type Decryptor = RsaDecryptor | AgreementDecryptor | Sm2Decryptor;

/** RSAES-OAEP with an empty label. There is no PKCS #1 v1.5 on purpose (Bleichenbacher's attack). */
export interface RsaDecryptor {
  readonly kind: "rsa";
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  decrypt(ciphertext: Uint8Array, digest: OaepDigest): Promise<Uint8Array | undefined>;
}

/** Elliptic-curve Diffie-Hellman on P-256. */
export interface AgreementDecryptor {
  readonly kind: "ecdh-p256";
  readonly publicKey: Uint8Array;
  /** The x coordinate, 32 octets. @param peer an uncompressed point, 65 octets; undefined if it is not on the curve */
  agree(peer: Uint8Array): Promise<Uint8Array | undefined>;
}

/** SM2 public key encryption (GB/T 32918.4-2016). */
export interface Sm2Decryptor {
  readonly kind: "sm2";
  readonly publicKey: Uint8Array;
  /** @param ciphertext SM2Cipher, DER (GB/T 35276-2017 §7.2) */
  decrypt(ciphertext: Uint8Array): Promise<Uint8Array | undefined>;
}
