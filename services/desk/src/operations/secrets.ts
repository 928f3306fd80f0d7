import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";

/** 256 bits: nobody guesses a session or a file. */
const secretBytes = 32;

/** A secret for a cookie, a form or an address. */
export function newSecret(randomBytes: (size: number) => Uint8Array): string {
  return Buffer.from(randomBytes(secretBytes)).toString("base64url");
}

/** What is stored of a secret: enough to recognise it, useless to whoever reads the database. */
export function digestOfSecret(secret: string): string {
  return hexOf(digest("SM3", utf8Of(secret)));
}
