/**
 * Files of keys and certificates (PKCS #12: RFC 7292, RFC 9579).
 *
 * {@link readPkcs12} reads what OpenSSL, GnuTLS, NSS, Java and Windows write: it checks the MAC first, in constant time,
 * and decrypts nothing before. {@link writePkcs12} writes RSA, elliptic-curve, SM2 and Ed25519 keys with their chains.
 * The structure is read and written by our own DER; node-forge, which lives in this folder alone, contributes the key
 * derivation of 1999 and RC2, and verifies nothing.
 */
export { Pkcs12Error } from "./error.ts";
export type { Pkcs12ErrorCode } from "./error.ts";
export type { Pkcs12Certificate, Pkcs12Key } from "./identities.ts";
export type { Pkcs12Mac, Pkcs12MacName } from "./mac.ts";
export { pkcs12Schemes } from "./old-schemes.ts";
export { readPkcs12 } from "./read-pkcs12.ts";
export type { Pkcs12Contents, Pkcs12Quirk, ReadPkcs12Options } from "./read-pkcs12.ts";
export { writePkcs12 } from "./write-pkcs12.ts";
export type { Pkcs12Entry, Pkcs12ProtectionName, WritePkcs12Options } from "./write-pkcs12.ts";
