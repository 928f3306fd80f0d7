import type { Response } from "express";

import type { Language } from "../problems/index.ts";

/** What is known of every request from its beginning. */
export interface RequestContext {
  /** `req_…`, made here; one sent from outside is not believed. */
  readonly requestId: string;
  readonly language: Language;
}

const key = "requestContext";

/** Keeps the context with the response, where handlers that a service mounts find it. */
export function keepRequestContext(response: Response, context: RequestContext): void {
  response.locals[key] = context;
}

/** The context of a request that passed through the kit. */
export function requestContextOf(response: Response): RequestContext {
  return response.locals[key] as RequestContext;
}
