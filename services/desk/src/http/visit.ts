import { asLanguage, chooseLanguage } from "@yinxin/service-kit/pages";
import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { refuse } from "@yinxin/service-kit/problems";
import { requestContextOf } from "@yinxin/service-kit/routes";
import type { Request, Response } from "express";

import type { Session } from "../domain/session.ts";
import { cookieLine, readCookie } from "./cookies.ts";
import type { PageContext } from "./page.tsx";

/** One request as the pages see it. */
export interface Visit {
  readonly request: Request;
  readonly context: PageContext;
  readonly query: URLSearchParams;
  /** The part of the address after `?`, as it came. */
  readonly search: string;
  readonly sessionSecret: string | undefined;
  readonly loginSecret: string | undefined;
  readonly requestId: string;
}

export interface VisitDeps {
  /** The desk's own address. */
  readonly baseUrl: string;
  readonly signOnOrigin: string;
  readonly isSandbox: boolean;
  findSession(sessionSecret: string | undefined): Promise<Session | undefined>;
}

/** A person keeps a language for a year. */
const languageSeconds = 365 * 24 * 3600;

/** Reads what every page needs: language, session, query. A language in the address is remembered. */
export async function readVisit(deps: VisitDeps, request: Request, response: Response): Promise<Visit> {
  const { search, searchParams: query } = new URL(request.originalUrl, deps.baseUrl);
  const cookies = request.headers.cookie;
  const chosen = asLanguage(query.get("lang"));
  if (chosen !== undefined) {
    const options = { maxAgeSeconds: languageSeconds, isSecure: isSecure(deps) };
    response.append("set-cookie", cookieLine("language", chosen, options));
  }
  const sessionSecret = readCookie(cookies, "session");
  const language = chooseLanguage({
    query: chosen,
    cookie: readCookie(cookies, "language"),
    acceptLanguage: request.headers["accept-language"],
  });
  return {
    ...{ request, query, search, sessionSecret },
    loginSecret: readCookie(cookies, "login"),
    requestId: requestContextOf(response).requestId,
    context: {
      language,
      isSandbox: deps.isSandbox,
      signOnOrigin: deps.signOnOrigin,
      session: await deps.findSession(sessionSecret),
    },
  };
}

/** Whether the desk is reached by https, and its cookies are to stay there. */
export function isSecure({ baseUrl }: Pick<VisitDeps, "baseUrl">): boolean {
  return baseUrl.startsWith("https:");
}

/**
 * Refuses a form that another site sent. Browsers name the origin of every form; a very old one that does not is held by
 * the form's token.
 *
 * @throws Refusal `form-not-ours`.
 */
export function checkOrigin({ baseUrl }: Pick<VisitDeps, "baseUrl">, { request }: Visit): void {
  const { origin } = request.headers;
  if (origin === undefined || origin === new URL(baseUrl).origin) return;
  throw refuse("form-not-ours", "The form came from another origin.");
}

/** @throws Refusal `form-not-ours` if the form does not carry its session's token. */
export function checkFormToken(session: Session, sent: string | undefined): void {
  if (sent !== undefined && equalBytes(utf8Of(sent), utf8Of(session.formToken))) return;
  throw refuse("form-not-ours", "The form does not carry the token of its session.");
}
