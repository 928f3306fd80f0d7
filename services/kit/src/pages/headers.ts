/** What a page may do in the browser beyond showing itself. */
export interface PagePolicy {
  /**
   * Origins that a form of this page may end at, besides our own. Browsers apply `form-action` to the redirects that
   * follow a form too, so a login page names the origin that the person goes back to.
   */
  readonly formOrigins?: readonly string[];
}

/**
 * Headers of a page: no script at all, no frame around it, styles and pictures of our own only, nothing kept in caches
 * (pages carry form tokens and personal names), and no address leaked to the next site.
 */
export function pageHeaders({ formOrigins = [] }: PagePolicy = {}): Readonly<Record<string, string>> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self' data:",
      `form-action ${["'self'", ...formOrigins].join(" ")}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join("; "),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
  };
}
