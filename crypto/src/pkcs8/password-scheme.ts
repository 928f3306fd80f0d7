import type { DerElement } from "../der/index.ts";
import type { PasswordSession } from "./password-session.ts";

/** One way in which a password encrypts, by the OID of its AlgorithmIdentifier. */
export interface PasswordScheme {
  readonly oid: string;
  /**
   * Reads the parameters, derives the key and decrypts.
   *
   * @throws DerError, Pkcs8Error for parameters that cannot be followed.
   */
  open(parameters: DerElement, ciphertext: Uint8Array, session: PasswordSession): OpenedWithPassword;
}

export interface OpenedWithPassword {
  /** Undefined for a wrong password or damaged octets. */
  readonly plaintext: Uint8Array | undefined;
  /** For people, e.g. `PBES2, PBKDF2, AES-256-CBC`. */
  readonly label: string;
  /** Whether nobody should encrypt in this way any more. */
  readonly isOld: boolean;
}
