import { concatBytes } from "../bytes/index.ts";
import { octetString, oid, sequence, smallInteger } from "../der/index.ts";
import { cbcCiphers, readPbeParameters } from "../pkcs8/index.ts";
import type { PasswordEncryptor, PasswordScheme, PasswordSession, RandomBytes } from "../pkcs8/index.ts";
import { deriveOld } from "./old-key-derivation.ts";
import type { PasswordForm } from "./old-key-derivation.ts";
import { decryptRc2 } from "./rc2.ts";

type Decrypt = (key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array) => Uint8Array | undefined;

interface OldScheme {
  readonly oid: string;
  readonly label: string;
  readonly keyBytes: number;
  readonly decrypt: Decrypt;
}

const tripleDes = cbcCiphers["DES-EDE3-CBC"];

/** RFC 7292 appendix C, without RC4, which nobody wrote. */
const oldSchemes: readonly OldScheme[] = [
  {
    oid: "1.2.840.113549.1.12.1.3",
    label: "pbeWithSHAAnd3-KeyTripleDES-CBC",
    keyBytes: 24,
    decrypt: (key, iv, ciphertext) => tripleDes.decrypt(key, iv, ciphertext),
  },
  {
    oid: "1.2.840.113549.1.12.1.4",
    label: "pbeWithSHAAnd2-KeyTripleDES-CBC",
    keyBytes: 16,
    decrypt: (key, iv, ciphertext) => tripleDes.decrypt(concatBytes(key, key.subarray(0, 8)), iv, ciphertext),
  },
  {
    oid: "1.2.840.113549.1.12.1.5",
    label: "pbeWithSHAAnd128BitRC2-CBC",
    keyBytes: 16,
    decrypt: decryptRc2,
  },
  {
    oid: "1.2.840.113549.1.12.1.6",
    label: "pbewithSHAAnd40BitRC2-CBC",
    keyBytes: 5,
    decrypt: decryptRc2,
  },
];

/** The schemes of PKCS #12 for a password of this form. */
export function schemesForPassword(form: PasswordForm): readonly PasswordScheme[] {
  return oldSchemes.map(({ oid: schemeOid, label, keyBytes, decrypt }) => ({
    oid: schemeOid,
    open: (element, ciphertext, session) => {
      const parameters = readPbeParameters(element);
      const derive = (purpose: "key" | "iv", bytes: number): Uint8Array =>
        deriveOld(session, parameters, { purpose, bytes, digest: "sha1", form });
      const plaintext = decrypt(derive("key", keyBytes), derive("iv", 8), ciphertext);
      return { plaintext, label, isOld: true };
    },
  }));
}

/** For `decryptPrivateKey` too: OpenSSL writes these also outside of PKCS #12. */
export const pkcs12Schemes: readonly PasswordScheme[] = schemesForPassword("text");

/** Encrypts with pbeWithSHAAnd3-KeyTripleDES-CBC, for receivers who know nothing newer. */
export function createOldEncryptor(
  session: PasswordSession,
  iterations: number,
  random: RandomBytes,
): PasswordEncryptor {
  return {
    encrypt: (plaintext) => {
      // The vector comes out of the derivation too, so that each part needs its own salt.
      const parameters = { salt: random(8), iterations };
      const derive = (purpose: "key" | "iv", bytes: number): Uint8Array =>
        deriveOld(session, parameters, { purpose, bytes, digest: "sha1", form: "text" });
      return {
        algorithm: sequence(
          oid("1.2.840.113549.1.12.1.3"),
          sequence(octetString(parameters.salt), smallInteger(iterations)),
        ),
        ciphertext: tripleDes.encrypt(derive("key", 24), derive("iv", 8), plaintext),
      };
    },
  };
}
