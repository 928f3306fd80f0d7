/**
 * What sso shows and answers itself: the pages of login and logout. The protocol's own addresses are oidc-provider's (see
 * src/oidc) and described by `/.well-known/openid-configuration`, so the list of routes in our own form is empty.
 */
import type { ProblemTable } from "@yinxin/service-kit/problems";
import type { Route } from "@yinxin/service-kit/routes";

export { createFormTokens } from "./form-tokens.ts";
export type { FormTokens } from "./form-tokens.ts";
export { createKnownBrowsers } from "./known-browsers.ts";
export type { KnownBrowsers } from "./known-browsers.ts";
export { interactionPages } from "./interactions.ts";
export type { InteractionDeps, InteractionInProgress } from "./interactions.ts";
export { languageOfRequest, loginPage, logoutPage, messagePage } from "./pages.tsx";
export type { LoginPage, MessageName, PageSettings, RenderedPage } from "./pages.tsx";
export { ssoTexts } from "./texts.ts";
export type { SsoTexts } from "./texts.ts";

/** No JSON of its own yet. */
export function ssoRoutes(): readonly Route[] {
  return [];
}

/** Only the kit's problems. */
export const ssoProblems: ProblemTable = {};
