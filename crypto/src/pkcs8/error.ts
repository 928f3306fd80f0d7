/** Why a private key is not read or not decrypted. */
export type Pkcs8ErrorCode =
  /** Not the structure that the standards define. */
  | "private-key-malformed"
  /** A scheme, cipher or digest that this code does not know, or that is given only to those who ask for old schemes. */
  | "encryption-unsupported"
  /** Well-formed, but it asks for more work or memory than a stranger may spend here. */
  | "limit-exceeded"
  /** The password is wrong, or the octets are damaged: one code for every way in which decryption can fail. */
  | "password-wrong";

/** The key cannot be had. A message never tells how far decryption came. */
export class Pkcs8Error extends Error {
  readonly code: Pkcs8ErrorCode;

  constructor(code: Pkcs8ErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "Pkcs8Error";
    this.code = code;
  }
}

/** The one error of every decryption that fails; it carries no cause, which would tell how it failed. */
export function passwordWrong(): Pkcs8Error {
  return new Pkcs8Error("password-wrong", "the password is wrong, or the octets are damaged");
}
