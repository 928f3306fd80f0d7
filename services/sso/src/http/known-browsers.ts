import { createHmac } from "node:crypto";

import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";

/**
 * Browsers that somebody has logged in with before. Their tries are counted apart from those of strangers, so that nobody
 * who guesses at a name from elsewhere can keep its owner out (the device cookie of OWASP's "Slow down online guessing").
 */
export interface KnownBrowsers {
  /** The browser's name if the cookie says that this person has logged in with it; a cookie of another person says nothing. */
  find(cookieHeader: string | undefined, username: string): string | undefined;
  /** The `Set-Cookie` line that makes this browser known for this person. */
  cookieFor(username: string): string;
}

const cookieName = "yinxin_sso_browser";
const nonceBytes = 16;
/** Half a year: longer than any holiday. */
const lifeSeconds = 180 * 24 * 60 * 60;
/** Longer headers are cut by the server before they come here; a jar of honest cookies is far below. */
const cookiesMax = 50;

/** Cookies by HMAC-SHA-256: nothing has to be stored. They open nothing; a stolen one is worth a few tries more. */
export function createKnownBrowsers(deps: {
  readonly secret: Uint8Array;
  /** True where sso is reached by https. */
  readonly isSecure: boolean;
  readonly randomBytes: (size: number) => Uint8Array;
}): KnownBrowsers {
  // The secret also signs forms and the library's cookies; the prefix keeps one from standing for the other.
  const tagOf = (nonce: string, username: string): string =>
    createHmac("sha256", deps.secret).update(`known browser ${nonce} ${username}`).digest("base64url");
  return {
    find: (cookieHeader, username) => {
      const [nonce = "", tag = ""] = valueIn(cookieHeader).split(".");
      return equalBytes(utf8Of(tag), utf8Of(tagOf(nonce, username))) ? nonce : undefined;
    },
    cookieFor: (username) => {
      const nonce = Buffer.from(deps.randomBytes(nonceBytes)).toString("base64url");
      return [
        `${cookieName}=${nonce}.${tagOf(nonce, username)}`,
        "Path=/interaction",
        "HttpOnly",
        "SameSite=Lax",
        `Max-Age=${String(lifeSeconds)}`,
        ...(deps.isSecure ? ["Secure"] : []),
      ].join("; ");
    },
  };
}

function valueIn(cookieHeader: string | undefined): string {
  const prefix = `${cookieName}=`;
  const pair = (cookieHeader ?? "")
    .split(";", cookiesMax)
    .map((part) => part.trim())
    .find((part) => part.startsWith(prefix));
  return pair?.slice(prefix.length) ?? "";
}
