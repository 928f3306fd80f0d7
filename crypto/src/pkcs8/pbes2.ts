import { DerError, oid, readChildren, sequence } from "../der/index.ts";
import { readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { cbcCiphers, readCbcCipher, writeCbcCipher } from "./cbc-cipher.ts";
import type { CbcCipherName } from "./cbc-cipher.ts";
import {
  deriveKey,
  keyDerivationParameters,
  readKeyDerivation,
  writeKeyDerivation,
} from "./key-derivation.ts";
import type { KeyDerivation, KeyDerivationParameters } from "./key-derivation.ts";
import type { PasswordScheme } from "./password-scheme.ts";
import type { PasswordSession } from "./password-session.ts";
import type { RandomBytes } from "./random-bytes.ts";

const pbes2Oid = "1.2.840.113549.1.5.13";

/** PBES2 (RFC 8018 §6.2), with what stands in its parameters. */
export const pbes2Scheme: PasswordScheme = {
  oid: pbes2Oid,
  open: (parameters, ciphertext, session) => {
    const [derivation, encryption, ...more] = readChildren(parameters);
    if (derivation === undefined || encryption === undefined || more.length > 0) {
      throw new DerError("der-unexpected", "PBES2 has two parameters", parameters.offset);
    }
    const kdf = readKeyDerivation(derivation);
    const { cipher, iv } = readCbcCipher(readAlgorithmIdentifier(encryption));
    const key = deriveKey(session, kdf, cipher.keyBytes);
    return {
      plaintext: cipher.decrypt(key, iv, ciphertext),
      label: `PBES2, ${kdf.name}, ${cipher.label}`,
      isOld: cipher.isOld,
    };
  },
};

/** How to encrypt with a password; the defaults are PBKDF2 with HMAC-SHA-256 and AES-256-CBC. */
export interface PasswordEncryption {
  readonly cipher?: CbcCipherName;
  readonly keyDerivation?: KeyDerivation;
}

/** Encrypts any number of octet strings with one password; each gets its own initialization vector. */
export interface PasswordEncryptor {
  /** @returns the AlgorithmIdentifier in DER, and the ciphertext as it is. */
  encrypt(plaintext: Uint8Array): { algorithm: Uint8Array; ciphertext: Uint8Array };
}

/** RFC 8018 §4.1 asks for at least 8. */
const saltBytes = 16;

/**
 * Encrypts with PBES2 (RFC 8018 §6.2.1). All that one encryptor writes has one salt: the password is one, and the
 * reader derives its key once.
 *
 * @throws RangeError for numbers of the key derivation that readers refuse.
 */
export function createPasswordEncryptor(
  session: PasswordSession,
  { cipher: cipherName = "AES-256-CBC", keyDerivation = { name: "PBKDF2" } }: PasswordEncryption,
  random: RandomBytes,
): PasswordEncryptor {
  const cipher = cbcCiphers[cipherName];
  const kdf: KeyDerivationParameters = keyDerivationParameters(keyDerivation, random(saltBytes));
  const key = deriveKey(session, kdf, cipher.keyBytes);
  return {
    encrypt: (plaintext) => {
      const iv = random(cipher.ivBytes);
      return {
        algorithm: sequence(oid(pbes2Oid), sequence(writeKeyDerivation(kdf), writeCbcCipher(cipher, iv))),
        ciphertext: cipher.encrypt(key, iv, plaintext),
      };
    },
  };
}
