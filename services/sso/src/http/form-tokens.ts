import { createHmac } from "node:crypto";

import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";

/** Ties a login form to the interaction it was shown for, so that another site cannot send one (RFC 9700 §4.7). */
export interface FormTokens {
  of(uid: string): string;
  isOf(uid: string, token: string): boolean;
}

/** Tokens by HMAC-SHA-256: nothing has to be stored, and who cannot read the page cannot make one. */
export function createFormTokens(secret: Uint8Array): FormTokens {
  // The secret also signs cookies; the prefix keeps one from standing for the other.
  const of = (uid: string): string =>
    createHmac("sha256", secret).update(`login form ${uid}`).digest("base64url");
  return { of, isOf: (uid, token) => equalBytes(utf8Of(of(uid)), utf8Of(token)) };
}
