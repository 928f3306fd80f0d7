import type { Log } from "@yinxin/service-kit/log";
import { asLanguage } from "@yinxin/service-kit/pages";
import type { FieldError } from "@yinxin/service-kit/pages";
import { requestContextOf } from "@yinxin/service-kit/routes";
import { Router, urlencoded } from "express";
import type { ErrorRequestHandler, Request, Response } from "express";
import { z } from "zod";

import type { Account } from "../domain/account.ts";
import type { LogInRequest } from "../operations/log-in.ts";
import { normalizedUsername } from "../domain/account.ts";
import type { FormTokens } from "./form-tokens.ts";
import type { KnownBrowsers } from "./known-browsers.ts";
import { languageOfRequest, loginPage, messagePage } from "./pages.tsx";
import type { PageSettings, RenderedPage } from "./pages.tsx";
import { ssoTexts } from "./texts.ts";

/** A person on the way from a client to the login page and back. */
export interface InteractionInProgress {
  readonly uid: string;
  readonly prompt: "login" | "consent" | "other";
  readonly clientId: string;
  readonly clientName: string;
  readonly returnOrigin: string | undefined;
  readonly uiLocales: string | undefined;
}

export interface InteractionDeps {
  /** This service's origin: forms from elsewhere are refused. */
  readonly origin: string;
  readonly isSandbox: boolean;
  readonly formTokens: FormTokens;
  readonly knownBrowsers: KnownBrowsers;
  readonly log: Log;
  readonly signOn: {
    findInteraction(
      request: Request,
      response: Response,
      uid: string,
    ): Promise<InteractionInProgress | undefined>;
    finishLogin(request: Request, response: Response, accountId: string): Promise<void>;
    finishConsent(request: Request, response: Response): Promise<void>;
  };
  logIn(request: LogInRequest): Promise<Account | undefined>;
}

/** Name, password and a token. */
const formBytesMax = 8 * 1024;
const formFieldsMax = 10;

const loginForm = z.strictObject({ form_token: z.string(), username: z.string(), password: z.string() });

/** The login page and what is sent from it. */
export function interactionPages(deps: InteractionDeps): Router {
  const router = Router({ caseSensitive: true });
  router.get("/", (request, response) => {
    send(response, 200, messagePage(settingsOf(deps, request), "home"));
  });
  router.get("/interaction/:uid", (request, response) => showInteraction(deps, request, response));
  router.post(
    "/interaction/:uid/login",
    urlencoded({ extended: false, limit: formBytesMax, parameterLimit: formFieldsMax, inflate: false }),
    (request, response) => receiveLogin(deps, request, response),
  );
  router.use(showFault(deps));
  return router;
}

async function showInteraction(
  deps: InteractionDeps,
  request: Request<{ uid: string }>,
  response: Response,
): Promise<void> {
  const interaction = await deps.signOn.findInteraction(request, response, request.params.uid);
  if (interaction === undefined) {
    send(response, 400, messagePage(settingsOf(deps, request), "expired"));
  } else if (interaction.prompt === "consent") {
    // All clients are the deployment's own (see oidc/people.ts), so asking for consent again is answered with yes.
    await deps.signOn.finishConsent(request, response);
  } else {
    const settings = settingsOf(deps, request, interaction);
    send(response, 200, loginPage(settings, pageOf(deps, interaction)));
  }
}

async function receiveLogin(
  deps: InteractionDeps,
  request: Request<{ uid: string }>,
  response: Response,
): Promise<void> {
  const interaction = await deps.signOn.findInteraction(request, response, request.params.uid);
  const form = loginForm.safeParse(request.body);
  const isOurs =
    interaction !== undefined &&
    form.success &&
    isSameOrigin(deps, request) &&
    deps.formTokens.isOf(interaction.uid, form.data.form_token);
  if (!isOurs) {
    send(response, 400, messagePage(settingsOf(deps, request, interaction), "expired"));
    return;
  }
  const { username, password } = form.data;
  const settings = settingsOf(deps, request, interaction);
  const missing = missingFields(settings, username, password);
  const account =
    missing.length > 0 ? undefined : await tryLogin(deps, request, interaction, { username, password });
  if (account !== undefined) {
    response.append("set-cookie", deps.knownBrowsers.cookieFor(normalizedUsername(username)));
    await deps.signOn.finishLogin(request, response, account.id);
    return;
  }
  const wrong = missing.length > 0 ? { errors: missing } : { isWrong: true };
  send(response, 400, loginPage(settings, { ...pageOf(deps, interaction), username, ...wrong }));
}

function tryLogin(
  deps: InteractionDeps,
  request: Request<{ uid: string }>,
  { clientId }: InteractionInProgress,
  typed: { readonly username: string; readonly password: string },
): Promise<Account | undefined> {
  const knownBrowser = deps.knownBrowsers.find(request.headers.cookie, normalizedUsername(typed.username));
  return deps.logIn({
    ...typed,
    clientId,
    address: request.socket.remoteAddress ?? "unknown",
    ...(knownBrowser !== undefined && { knownBrowser }),
  });
}

function missingFields({ language }: PageSettings, username: string, password: string): FieldError[] {
  const text = ssoTexts[language];
  return [
    ...(username.trim() === "" ? [{ field: "username", text: text.usernameMissing }] : []),
    ...(password === "" ? [{ field: "password", text: text.passwordMissing }] : []),
  ];
}

function pageOf(
  { formTokens }: InteractionDeps,
  interaction: InteractionInProgress,
): Parameters<typeof loginPage>[1] {
  const { uid, clientName, returnOrigin } = interaction;
  return { uid, clientName, returnOrigin, formToken: formTokens.of(uid) };
}

/** Browsers say where a form came from; one that does not is an old one, and the token decides alone. */
function isSameOrigin({ origin }: InteractionDeps, request: Request): boolean {
  return request.headers.origin === undefined || request.headers.origin === origin;
}

function settingsOf(
  { isSandbox, origin }: InteractionDeps,
  request: Request,
  interaction?: InteractionInProgress,
): PageSettings {
  // Joined, not resolved: an address that begins with two slashes would be taken for another host's.
  const { searchParams } = new URL(`${origin}${request.originalUrl}`);
  const query = searchParams.getAll("lang").map(asLanguage)[0];
  const acceptLanguage = request.headers["accept-language"];
  return {
    isSandbox,
    language: languageOfRequest({ query, acceptLanguage, uiLocales: interaction?.uiLocales }),
  };
}

function showFault(deps: InteractionDeps): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  return (cause: unknown, request, response, _next) => {
    const { requestId } = requestContextOf(response);
    const status = statusOfBadRequest(cause);
    if (status !== undefined) {
      send(response, status, messagePage(settingsOf(deps, request), "expired"));
      return;
    }
    deps.log.error({ request_id: requestId, err: cause }, "a page failed");
    send(response, 500, messagePage(settingsOf(deps, request), "fault", { code: requestId }));
  };
}

/** What express and the form parser throw for a request that cannot be read: its sender's doing, not a fault of ours. */
function statusOfBadRequest(cause: unknown): number | undefined {
  const parsed = z.object({ status: z.int().min(400).max(499) }).safeParse(cause);
  return parsed.success ? parsed.data.status : undefined;
}

function send(response: Response, status: number, page: RenderedPage): void {
  response.status(status).set(page.headers).end(page.html);
}
