/**
 * Private keys at rest (PKCS #8: RFC 5958, RFC 8018).
 *
 * {@link encryptPrivateKey} writes an EncryptedPrivateKeyInfo that OpenSSL and all others read; {@link decryptPrivateKey}
 * reads theirs, with SM4 and HMAC-SM3 where national cryptography is asked for. Old ways (DES, triple DES) are read
 * under a named quirk and never written. A file says itself how much work its password costs, so that is limited; and
 * whatever goes wrong after the password came in, is one error.
 */
export { readAlgorithmIdentifier, readParameters } from "./algorithm-identifier.ts";
export type { AlgorithmIdentifier } from "./algorithm-identifier.ts";
export { cbcCipherOfOid, cbcCiphers, readCbcCipher, writeCbcCipher } from "./cbc-cipher.ts";
export type { CbcCipher, CbcCipherName } from "./cbc-cipher.ts";
export { checkPlaintext, decryptPrivateKey, encryptPrivateKey } from "./encrypted-private-key.ts";
export type { DecryptedPrivateKey, DecryptPrivateKeyOptions } from "./encrypted-private-key.ts";
export { Pkcs8Error } from "./error.ts";
export type { Pkcs8ErrorCode } from "./error.ts";
export {
  deriveKey,
  keyDerivationParameters,
  readKeyDerivation,
  writeKeyDerivation,
} from "./key-derivation.ts";
export type { KeyDerivation, KeyDerivationParameters, PrfName } from "./key-derivation.ts";
export { readOctets } from "./octets.ts";
export { decryptWithPassword, passwordSchemes } from "./password-encryption.ts";
export type { PasswordQuirk } from "./password-encryption.ts";
export type { OpenedWithPassword, PasswordScheme } from "./password-scheme.ts";
export { maximumPasswordWork, openPasswordSession } from "./password-session.ts";
export type { PasswordSession } from "./password-session.ts";
export { checkPbeParameters, readPbeParameters } from "./pbes1.ts";
export type { PbeParameters } from "./pbes1.ts";
export { createPasswordEncryptor } from "./pbes2.ts";
export type { PasswordEncryption, PasswordEncryptor } from "./pbes2.ts";
export { parsePrivateKey } from "./private-key.ts";
export type { PrivateKeyInfo } from "./private-key.ts";
export { publicKeyOf } from "./public-key-of.ts";
export type { PublicHalf } from "./public-key-of.ts";
export type { RandomBytes } from "./random-bytes.ts";
