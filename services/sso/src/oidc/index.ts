/**
 * OpenID Connect, by the certified library oidc-provider with the strict choice wherever it leaves one: code flow with
 * PKCE S256, exact redirect addresses, `private_key_jwt` and ES256 only, JWT access tokens for the one audience of the
 * suite. Which token key signs, and which are shown, is asked for every request (library-keystore.ts).
 *
 * Nothing outside this folder imports the library. Its pages and records come in through {@link SignOnDeps}; a login page
 * talks to it through {@link SignOn}.
 */
export { createSignOn } from "./sign-on.ts";
export type { Interaction, SignOn } from "./sign-on.ts";
export type {
  PageRequest,
  PublishedTokenKeys,
  RenderedPage,
  SignOnDeps,
  SignOnPages,
  TokenKey,
} from "./ports.ts";
export { suiteAudience, suiteResource } from "./access-tokens.ts";
