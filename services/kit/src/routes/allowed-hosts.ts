import type { RequestHandler } from "express";

import { refuse } from "../problems/index.ts";

/**
 * Refuses a request that names another host than ours. A foreign `Host` is how links in answers are poisoned and how a
 * web page reaches a service on loopback under a name of its own (DNS rebinding).
 *
 * @param allowed host names; with a port only that port, without one any.
 */
export function allowedHostsOnly(allowed: readonly string[]): RequestHandler {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  return (request, _response, next) => {
    const host = (request.headers.host ?? "").toLowerCase();
    const isOurs = names.has(host) || names.has(host.replace(/:\d+$/, ""));
    // The absolute form (RFC 9112 §3.2.2) names a host once more, and only proxies need it.
    if (isOurs && request.url.startsWith("/")) {
      next();
      return;
    }
    next(
      refuse("misdirected-request", {
        zh: "请求中的主机名不是本服务的。",
        en: "The host named in the request is not this service's.",
      }),
    );
  };
}
