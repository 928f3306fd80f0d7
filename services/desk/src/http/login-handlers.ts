import { refuse } from "@yinxin/service-kit/problems";

import type { Answer } from "./answers.ts";
import { cookieLine } from "./cookies.ts";
import { loginMinutes } from "../domain/session.ts";
import { checkFormToken, checkOrigin, isSecure } from "./visit.ts";
import type { Visit, VisitDeps } from "./visit.ts";

export interface LoginHandlerDeps extends VisitDeps {
  startLogin(returnPath: unknown): Promise<{ readonly address: string; readonly loginSecret: string }>;
  finishLogin(request: {
    readonly loginSecret: string | undefined;
    readonly oldSessionSecret: string | undefined;
    readonly query: string;
  }): Promise<{ readonly sessionSecret: string; readonly returnPath: string }>;
  /** @returns where the session at sso is ended too. */
  endSession(sessionSecret: string | undefined): Promise<string>;
}

/** The cookie of a login on its way goes to the one address that needs it. */
const loginPath = "/callback";

/** Sends the browser to sso. */
export async function beginLogin(deps: LoginHandlerDeps, visit: Visit): Promise<Answer> {
  const { address, loginSecret } = await deps.startLogin(visit.query.get("return_to"));
  const options = { path: loginPath, maxAgeSeconds: loginMinutes * 60, isSecure: isSecure(deps) };
  return { redirect: address, cookies: [cookieLine("login", loginSecret, options)] };
}

/** Takes the browser back from sso, with a session of its own. */
export async function completeLogin(deps: LoginHandlerDeps, visit: Visit): Promise<Answer> {
  const { sessionSecret, returnPath } = await deps.finishLogin({
    loginSecret: visit.loginSecret,
    oldSessionSecret: visit.sessionSecret,
    query: visit.search,
  });
  return {
    redirect: returnPath,
    cookies: [
      cookieLine("session", sessionSecret, { isSecure: isSecure(deps) }),
      cookieLine("login", "", { path: loginPath, isSecure: isSecure(deps) }),
    ],
  };
}

/** Ends the session here, and sends the browser to end the one at sso. */
export async function logOut(deps: LoginHandlerDeps, visit: Visit): Promise<Answer> {
  checkOrigin(deps, visit);
  const { session } = visit.context;
  if (session === undefined) return { redirect: "/" };
  const token = (visit.request.body as { form_token?: unknown } | undefined)?.form_token;
  if (typeof token !== "string") throw refuse("form-not-ours", "The form has no token.");
  checkFormToken(session, token);
  const address = await deps.endSession(visit.sessionSecret);
  return { redirect: address, cookies: [cookieLine("session", "", { isSecure: isSecure(deps) })] };
}
