/** Why a PKCS #12 file is not read. */
export type Pkcs12ErrorCode =
  /** Not the structure that the standard defines, or larger than any file of keys. */
  | "pkcs12-malformed"
  /** Sealed with a signature, or encrypted to a certificate, instead of a password. */
  | "pkcs12-mode-unsupported"
  /** A cipher, digest or kind of bag that this code does not know. */
  | "pkcs12-algorithm-unsupported"
  /** It asks for more work or memory than a stranger may spend here. */
  | "pkcs12-limit-exceeded"
  /** Nothing protects the file against change, and the caller did not allow that. */
  | "pkcs12-mac-missing"
  /** The MAC is wrong: another password, or a file that was changed; nobody can tell which, so nothing was decrypted. */
  | "pkcs12-password-wrong"
  /** The MAC is right, so the password is, and a part still does not decrypt: it has another password, or was made wrong. */
  | "pkcs12-part-not-decrypted";

/** Nothing of the file was given out. `cause` is the reason where it tells nothing about the password. */
export class Pkcs12Error extends Error {
  readonly code: Pkcs12ErrorCode;

  constructor(code: Pkcs12ErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "Pkcs12Error";
    this.code = code;
  }
}
