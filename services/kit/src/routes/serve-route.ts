import type { Request, Response } from "express";

import type { Authenticator, Caller } from "../auth/index.ts";
import { refuse } from "../problems/index.ts";
import { noQuery, parsePart, queryOf } from "./parse-request.ts";
import { bodyLimitBytesDefault } from "./body-limits.ts";
import { readJsonBody } from "./read-body.ts";
import type { HeldBody } from "./read-body.ts";
import { requestContextOf } from "./request-context.ts";
import type { Permission, Route } from "./route.ts";
import { sendReply } from "./send-reply.ts";

/**
 * One request of one route: who calls, whether they may, what they sent, the work, the answer. The body comes after the
 * permission, so that an upload that is not permitted costs nothing.
 */
export async function serveRoute(
  { authenticator, room }: { readonly authenticator: Authenticator; readonly room: HeldBody },
  route: Route,
  request: Request,
  response: Response,
): Promise<void> {
  const { requestId, language } = requestContextOf(response);
  const caller = await authorizedCaller(authenticator, route.permission, request, response);
  const params = parsePart(route.params, { ...request.params }, "path", language);
  const query = parsePart(route.query ?? noQuery, queryOf(request.url), "query", language);
  const body =
    route.body &&
    parsePart(
      route.body,
      await readJsonBody(request, route.bodyLimitBytes ?? bodyLimitBytesDefault, room),
      "body",
      language,
    );
  const value = await route.handle({ params, query, body, caller, requestId, language });
  sendReply(response, route, value);
}

async function authorizedCaller(
  authenticator: Authenticator,
  permission: Permission | "public",
  request: Request,
  response: Response,
): Promise<Caller | undefined> {
  if (permission === "public") return undefined;
  const caller = await authenticator.authenticate(request.headers.authorization);
  if (caller.permissions.has(permission)) return caller;
  response.setHeader(
    "www-authenticate",
    `Bearer realm="yinxin", error="insufficient_scope", scope="${permission}"`,
  );
  throw refuse("not-permitted", {
    zh: `需要权限 ${permission}。`,
    en: `The permission ${permission} is needed.`,
  });
}
