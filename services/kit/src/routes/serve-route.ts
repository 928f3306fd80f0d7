import type { Request, Response } from "express";

import type { Authenticator, Caller, RequestFacts } from "../auth/index.ts";
import { refuse } from "../problems/index.ts";
import { noQuery, parsePart, queryOf } from "./parse-request.ts";
import { bodyLimitBytesDefault } from "./body-limits.ts";
import { readBody, readJsonBody } from "./read-body.ts";
import type { HeldBody } from "./read-body.ts";
import { requestContextOf } from "./request-context.ts";
import type { ParsedInput, Permission, RecordRead, Route } from "./route.ts";
import { sendReply } from "./send-reply.ts";

/** What all requests of a service share. */
export interface Serving {
  readonly authenticator: Authenticator;
  readonly room: HeldBody;
  /** Of the service, without a slash at the end: signed requests name their whole address. */
  readonly baseUrl: string;
  /** There if any route reads records. */
  readonly recordRead: RecordRead | undefined;
}

/**
 * One request of one route: who calls, whether they may, what they sent, the work, the answer. The body comes after the
 * permission, so that an upload that is not permitted costs nothing; only where the caller signed the request itself is
 * it read for that, once the signature over the rest has held.
 */
export async function serveRoute(
  serving: Serving,
  route: Route,
  request: Request,
  response: Response,
): Promise<void> {
  const { requestId, language } = requestContextOf(response);
  const readOnce = bodyReader(request, route, serving.room);
  const facts = requestFacts(request, serving.baseUrl, readOnce);
  const caller = await authorizedCaller(serving.authenticator, route.permission, facts, request, response);
  const params = parsePart(route.params, { ...request.params }, "path", language);
  const query = parsePart(route.query ?? noQuery, queryOf(request.url), "query", language);
  const body = route.body && parsePart(route.body, await readJsonBody(request, readOnce), "body", language);
  const input = { params, query, body, caller, requestId, language };
  const value = await route.handle(input);
  await recordReading(serving.recordRead, route, input);
  sendReply(response, route, value);
}

/** After the work, so that only what was there to read is told; before the reply, so that nobody reads untold. */
async function recordReading(
  recordRead: RecordRead | undefined,
  route: Route,
  input: ParsedInput,
): Promise<void> {
  const { caller, requestId } = input;
  const subject = caller === undefined ? undefined : route.reads?.(input);
  if (subject === undefined || caller === undefined) return;
  await recordRead?.({ subject, caller, requestId, route: `${route.method.toUpperCase()} ${route.path}` });
}

/** Reads the body when first asked; later askers get the same bytes. */
function bodyReader(request: Request, route: Route, room: HeldBody): () => Promise<Uint8Array> {
  let reading: Promise<Uint8Array> | undefined;
  return () => (reading ??= readBody(request, route.bodyLimitBytes ?? bodyLimitBytesDefault, room));
}

function requestFacts(request: Request, baseUrl: string, body: () => Promise<Uint8Array>): RequestFacts {
  const { rawHeaders } = request;
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as const] : [],
  );
  return { method: request.method, targetUri: `${baseUrl}${request.originalUrl}`, headers, body };
}

async function authorizedCaller(
  authenticator: Authenticator,
  permission: Permission | "public",
  facts: RequestFacts,
  request: Request,
  response: Response,
): Promise<Caller | undefined> {
  if (permission === "public") return undefined;
  const caller = await authenticator.authenticate(request.headers.authorization, facts);
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
