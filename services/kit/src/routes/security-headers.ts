import helmet from "helmet";
import type { RequestHandler } from "express";

export type ContentSecurityPolicy = Readonly<Record<string, readonly string[]>>;

/**
 * What a page of the suite may load: its own files and nothing inline. A page that must post to another origin, as a
 * login that redirects to its client does, sets a policy of its own with {@link contentSecurityPolicyText}.
 */
export const pageContentSecurityPolicy = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:", "blob:"],
  "worker-src": ["'self'", "blob:"],
  "connect-src": ["'self'"],
  "frame-ancestors": ["'none'"],
  "form-action": ["'self'"],
  "base-uri": ["'none'"],
} as const satisfies ContentSecurityPolicy;

/** A policy as the value of the header. */
export function contentSecurityPolicyText(policy: ContentSecurityPolicy): string {
  return Object.entries(policy)
    .map(([directive, sources]) => [directive, ...sources].join(" "))
    .join(";");
}

/** A year, in seconds, as browsers' preload lists ask for at least. */
const transportSecuritySeconds = 31_536_000;

/** The headers of every answer, pages and API alike. */
export function securityHeaders(baseUrl: string): RequestHandler {
  const directives = Object.fromEntries(
    Object.entries(pageContentSecurityPolicy).map(([directive, sources]) => [directive, [...sources]]),
  );
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    // On plain http browsers ignore it; a deployment behind https has an https base address.
    strictTransportSecurity: baseUrl.startsWith("https:") ? { maxAge: transportSecuritySeconds } : false,
  });
}
