import type { DerElement } from "../der/index.ts";
import { readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { passwordWrong, Pkcs8Error } from "./error.ts";
import type { PasswordScheme } from "./password-scheme.ts";
import type { PasswordSession } from "./password-session.ts";
import { pbes1Schemes } from "./pbes1.ts";
import { pbes2Scheme } from "./pbes2.ts";

/** A tolerated way of encrypting that this code never writes: DES, triple DES, RC2, or a key derivation from 1996. */
export interface PasswordQuirk {
  readonly code: "old-password-encryption";
  /** The scheme, for people. */
  readonly scheme: string;
}

/** PBES2 and PBES1 (RFC 8018 §6). */
export const passwordSchemes: readonly PasswordScheme[] = [pbes2Scheme, ...pbes1Schemes];

/**
 * Decrypts octets whose AlgorithmIdentifier names a scheme of RFC 8018, or one of `moreSchemes`.
 *
 * @throws DerError
 * @throws Pkcs8Error `encryption-unsupported`, `limit-exceeded`, `private-key-malformed`, `password-wrong`.
 */
export function decryptWithPassword(
  algorithm: DerElement,
  ciphertext: Uint8Array,
  session: PasswordSession,
  moreSchemes: readonly PasswordScheme[] = [],
): { plaintext: Uint8Array; label: string; quirks: readonly PasswordQuirk[] } {
  const { oid, parameters } = readAlgorithmIdentifier(algorithm);
  const scheme = [...passwordSchemes, ...moreSchemes].find((candidate) => candidate.oid === oid);
  if (scheme === undefined || parameters === undefined) {
    throw new Pkcs8Error("encryption-unsupported", `unknown encryption with a password: ${oid}`);
  }
  const { plaintext, label, isOld } = scheme.open(parameters, ciphertext, session);
  if (plaintext === undefined) throw passwordWrong();
  return { plaintext, label, quirks: isOld ? [{ code: "old-password-encryption", scheme: label }] : [] };
}
