/**
 * What sso shows and answers itself: the pages of login and logout. The protocol's own addresses are oidc-provider's (see
 * src/oidc) and described by `/.well-known/openid-configuration`; in our own form are only those by which a client changes
 * its keys.
 */
export { clientKeyRoutes } from "./client-key-routes.ts";
export type { ClientKeyRoutesDeps } from "./client-key-routes.ts";
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
