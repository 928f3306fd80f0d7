import { createHmac } from "node:crypto";

import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";

/** Signs and checks cookie values; the shape that Koa's cookies expect of a Keygrip. */
export interface CookieKeys {
  sign(data: string): string;
  verify(data: string, signature: string): boolean;
  /** Which key made the signature; -1 if none of ours. */
  index(data: string, signature: string): number;
}

/** One key, HMAC with SHA-256: the library's own default is SHA-1. */
export function createCookieKeys(secret: Uint8Array): CookieKeys {
  const sign = (data: string): string => createHmac("sha256", secret).update(data).digest("base64url");
  const verify = (data: string, signature: string): boolean =>
    equalBytes(utf8Of(sign(data)), utf8Of(signature));
  return { sign, verify, index: (data, signature) => (verify(data, signature) ? 0 : -1) };
}
