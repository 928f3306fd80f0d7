import { DerError, octetString, parseDer, readChildren, sequence } from "../der/index.ts";
import type { DerQuirk } from "../der/index.ts";
import { passwordWrong, Pkcs8Error } from "./error.ts";
import { readOctets } from "./octets.ts";
import { decryptWithPassword } from "./password-encryption.ts";
import type { PasswordQuirk } from "./password-encryption.ts";
import type { PasswordScheme } from "./password-scheme.ts";
import { openPasswordSession } from "./password-session.ts";
import { createPasswordEncryptor } from "./pbes2.ts";
import type { PasswordEncryption } from "./pbes2.ts";
import { parsePrivateKey } from "./private-key.ts";
import { publicKeyOf } from "./public-key-of.ts";
import type { RandomBytes } from "./random-bytes.ts";

/**
 * A private key in the clear as an EncryptedPrivateKeyInfo (RFC 5958 §3) under PBES2.
 *
 * @param privateKey PrivateKeyInfo, DER.
 * @returns DER; as PEM its label is `ENCRYPTED PRIVATE KEY` (RFC 7468 §11).
 * @throws Pkcs8Error `private-key-malformed` if it is not a private key.
 * @throws RangeError for numbers of the key derivation that readers refuse.
 */
export function encryptPrivateKey(
  privateKey: Uint8Array,
  password: string,
  { random, ...encryption }: PasswordEncryption & { readonly random: RandomBytes },
): Uint8Array {
  parsePrivateKey(privateKey);
  const encryptor = createPasswordEncryptor(openPasswordSession(password), encryption, random);
  const { algorithm, ciphertext } = encryptor.encrypt(privateKey);
  return sequence(algorithm, octetString(ciphertext));
}

/** A private key in the clear, and how it was kept. */
export interface DecryptedPrivateKey {
  /** PrivateKeyInfo, DER. */
  readonly privateKey: Uint8Array;
  /** The encryption, for people. */
  readonly encryption: string;
  readonly quirks: readonly (PasswordQuirk | DerQuirk)[];
}

export interface DecryptPrivateKeyOptions {
  /** E.g. those of PKCS #12, which OpenSSL also writes here (`pkcs12Schemes`). */
  readonly moreSchemes?: readonly PasswordScheme[];
  /** In iterations of PBKDF2; `maximumPasswordWork` if absent, which a service would not spend on every stranger. */
  readonly maximumWork?: number;
}

/** What is inside has at most 64 KiB; the rest is for the parameters. */
const maximumEncryptedBytes = 68 * 1024;

/**
 * Decrypts an EncryptedPrivateKeyInfo (RFC 5958 §3): PBES2 with PBKDF2 or scrypt, and PBES1 under a quirk.
 *
 * @throws Pkcs8Error `password-wrong` for every way in which decryption fails, `private-key-malformed`,
 *   `encryption-unsupported`, `limit-exceeded`.
 */
export function decryptPrivateKey(
  encrypted: Uint8Array,
  password: string,
  { moreSchemes = [], maximumWork }: DecryptPrivateKeyOptions = {},
): DecryptedPrivateKey {
  if (encrypted.length > maximumEncryptedBytes) {
    throw new Pkcs8Error("private-key-malformed", "larger than 68 KiB");
  }
  try {
    const root = parseDer(encrypted, { profile: "lenient" });
    const [algorithm, ciphertext, ...more] = readChildren(root);
    if (algorithm === undefined || more.length > 0) {
      throw new DerError("der-unexpected", "EncryptedPrivateKeyInfo has two members", root.offset);
    }
    const octets = readOctets(ciphertext, "encryptedData");
    const session = openPasswordSession(password, maximumWork);
    const { plaintext, label, quirks } = decryptWithPassword(algorithm, octets, session, moreSchemes);
    return {
      privateKey: checkPlaintext(plaintext),
      encryption: label,
      quirks: [...quirks, ...root.reading.quirks],
    };
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new Pkcs8Error("private-key-malformed", `not an encrypted private key: ${cause.message}`, {
      cause,
    });
  }
}

/**
 * A wrong password leaves good padding once in 256 times, so what came out is looked at too; and CBC lets damaged octets
 * through, so the halves of the key are compared where it has two.
 *
 * @throws Pkcs8Error `password-wrong`, and no other: the difference would tell that the padding was good.
 */
export function checkPlaintext(plaintext: Uint8Array): Uint8Array {
  try {
    const key = parsePrivateKey(plaintext);
    if (publicKeyOf(key).result === "inconsistent") throw passwordWrong();
    return key.raw;
  } catch (cause) {
    if (cause instanceof Pkcs8Error) throw passwordWrong();
    throw cause;
  }
}
