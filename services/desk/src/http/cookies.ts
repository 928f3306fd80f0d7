/** The cookies of the desk. They know no ports, so on one host all services share a jar and the names say whose they are. */
export const cookieNames = {
  session: "yinxin_desk_session",
  login: "yinxin_desk_login",
  language: "yinxin_desk_language",
} as const;

export type CookieName = keyof typeof cookieNames;

/** Longer headers are cut by the server before they come here; a jar of honest cookies is far below. */
const cookiesMax = 50;

/** The value of one of our cookies in a `Cookie` header (RFC 6265 §4.2); the first if there are several. */
export function readCookie(header: string | undefined, name: CookieName): string | undefined {
  const prefix = `${cookieNames[name]}=`;
  const pair = (header ?? "")
    .split(";", cookiesMax)
    .map((part) => part.trim())
    .find((part) => part.startsWith(prefix));
  const value = pair?.slice(prefix.length);
  return value === undefined || value === "" ? undefined : value;
}

export interface CookieOptions {
  /** Where the cookie is sent; the whole desk if absent. */
  readonly path?: string;
  /** Without, it ends with the browser. */
  readonly maxAgeSeconds?: number;
  /** True where the desk is reached by https. */
  readonly isSecure: boolean;
}

/**
 * A `Set-Cookie` line that script cannot read and that other sites' forms do not carry (`SameSite=Lax`); an empty value
 * removes the cookie.
 */
export function cookieLine(name: CookieName, value: string, options: CookieOptions): string {
  const { path = "/", isSecure } = options;
  const maxAgeSeconds = value === "" ? 0 : options.maxAgeSeconds;
  return [
    `${cookieNames[name]}=${value}`,
    `Path=${path}`,
    "HttpOnly",
    "SameSite=Lax",
    ...(maxAgeSeconds === undefined ? [] : [`Max-Age=${String(maxAgeSeconds)}`]),
    ...(isSecure ? ["Secure"] : []),
  ].join("; ");
}
