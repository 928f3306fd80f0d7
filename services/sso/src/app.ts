import { createTokenAuthenticator } from "@yinxin/service-kit/auth";
import type { Clock } from "@yinxin/service-kit/clock";
import { transact } from "@yinxin/service-kit/database";
import type { Administration, Governance } from "@yinxin/service-kit/governance";
import type { Health, Metrics } from "@yinxin/service-kit/health";
import type { Log } from "@yinxin/service-kit/log";
import { pageAssets } from "@yinxin/service-kit/pages";
import {
  contentSecurityPolicyText,
  createServiceApp,
  pageContentSecurityPolicy,
} from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import type { Express, RequestHandler } from "express";
import type { Kysely, Transaction } from "kysely";

import type { SsoEvents } from "./domain/events.ts";
import type { Manifest } from "./domain/manifest.ts";
import { clientKeyProblems } from "./domain/client-key-problems.ts";
import {
  clientKeyRoutes,
  createFormTokens,
  createKnownBrowsers,
  interactionPages,
  languageOfRequest,
  logoutPage,
  messagePage,
} from "./http/index.ts";
import { createSignOn, suiteAudience } from "./oidc/index.ts";
import type { SignOn, SignOnPages } from "./oidc/index.ts";
import { registerClientKey, removeClientKey, stateOfClientKey } from "./operations/change-client-keys.ts";
import { importBootstrap } from "./operations/import-bootstrap.ts";
import { logIn } from "./operations/log-in.ts";
import { createPublishedTokenKeys } from "./operations/published-token-keys.ts";
import type { PublishedTokenKeys } from "./operations/published-token-keys.ts";
import { recordAccessToken, recordIdToken, recordLogout } from "./operations/record-tokens.ts";
import { sweepExpired } from "./operations/sweep-expired.ts";
import type { Passwords } from "./passwords/index.ts";
import {
  createAccountStore,
  createAttemptStore,
  createClientKeyStore,
  createClientStore,
  createProtocolStore,
} from "./store/index.ts";
import type { SsoSchema } from "./store/index.ts";

export interface SsoDeps {
  readonly version: string;
  /** This service's own address and the issuer of its tokens, without a slash at the end. */
  readonly baseUrl: string;
  readonly allowedHosts: readonly string[];
  /** Shows the band on every page. */
  readonly isSandbox: boolean;
  readonly database: Kysely<SsoSchema>;
  readonly governance: Pick<Governance<SsoEvents>, "trail" | "rings">;
  readonly administration: Pick<
    Administration,
    "routes" | "problems" | "mount" | "recordRead" | "authenticator"
  >;
  /** What `/jwks` says in `Cache-Control: max-age`; the token ring's propagation time must not be shorter. */
  readonly jwksMaxAgeSeconds: number;
  /** At least 32 random bytes; cookies and forms are signed with it. */
  readonly cookieSecret: Uint8Array;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: Health;
  readonly metrics?: Metrics;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** sso, put together and not yet listening. */
export interface SsoService {
  readonly app: Express;
  /** Brings people and clients to what a verified manifest says. */
  importBootstrap(manifest: Manifest): Promise<void>;
  /** Removes what has expired; to be called now and then. */
  sweepExpired(): Promise<void>;
}

/** Wires sso; does nothing else. */
export function createSsoService(deps: SsoDeps): SsoService {
  const { database, clock } = deps;
  const stores = {
    accounts: createAccountStore(database),
    attempts: createAttemptStore(database),
    clients: createClientStore(database),
    records: createProtocolStore(database),
  };
  const { trail: audit, rings } = deps.governance;
  const tokenKeys = createPublishedTokenKeys({ rings, clock, jwksMaxAgeSeconds: deps.jwksMaxAgeSeconds });
  const shared = {
    ...stores,
    clock,
    audit,
    rings,
    passwords: deps.passwords,
    transact: <Result>(change: (tx: Transaction<SsoSchema>) => Promise<Result>) => transact(database, change),
  };
  const signOn = createSignOn({
    ...stores,
    clock,
    issuer: deps.baseUrl,
    tokenKeys,
    cookieSecret: deps.cookieSecret,
    pages: protocolPages(deps),
    recordAccessToken: (token) => recordAccessToken(shared, token),
    recordIdToken: (account, clientId) => recordIdToken(shared, account, clientId),
    recordLogout: (accountId) => recordLogout(shared, accountId),
    reportFault: (cause) => {
      deps.log.error({ err: cause }, "the protocol failed");
    },
  });
  const changing = { ...shared, clientKeys: createClientKeyStore(), issuer: deps.baseUrl };
  const keyRoutes = clientKeyRoutes({
    register: (clientId, proofs) => registerClientKey(changing, clientId, proofs),
    remove: (clientId, statement) => removeClientKey(changing, clientId, statement),
    stateOf: (clientId, keyId) => stateOfClientKey(changing, clientId, keyId),
  });
  return {
    app: createApp(deps, { signOn, tokenKeys, keyRoutes }, (request) => logIn(shared, request)),
    importBootstrap: (manifest) => importBootstrap(shared, manifest),
    sweepExpired: () => sweepExpired(shared),
  };
}

function createApp(
  deps: SsoDeps,
  {
    signOn,
    tokenKeys,
    keyRoutes,
  }: {
    readonly signOn: SignOn;
    readonly tokenKeys: PublishedTokenKeys;
    readonly keyRoutes: readonly Route[];
  },
  checkLogin: Parameters<typeof interactionPages>[0]["logIn"],
): Express {
  const { baseUrl, isSandbox, clock, log, administration } = deps;
  // Its own tokens sso checks against the keys of this moment, with no copy in between.
  const tokens = createTokenAuthenticator({
    issuer: baseUrl,
    audience: suiteAudience,
    jwks: {
      keys: async () => ({ keys: (await tokenKeys.document()).keys.map((key) => ({ ...key })) }),
    },
    clock,
  });
  return createServiceApp({
    ...deps,
    name: "sso",
    routes: [...keyRoutes, ...administration.routes],
    recordRead: administration.recordRead,
    problems: { ...administration.problems, ...clientKeyProblems },
    authenticator: administration.authenticator(tokens),
    mount: (app) => {
      administration.mount(app);
      app.use(pageAssets());
      app.use(
        interactionPages({
          origin: new URL(baseUrl).origin,
          isSandbox,
          formTokens: createFormTokens(deps.cookieSecret),
          knownBrowsers: createKnownBrowsers({
            secret: deps.cookieSecret,
            isSecure: baseUrl.startsWith("https:"),
            randomBytes: deps.randomBytes,
          }),
          log,
          signOn,
          logIn: checkLogin,
        }),
      );
      app.use(protocolPolicy, (request, response) => {
        signOn.handle(request, response);
      });
    },
  });
}

/**
 * The library has pages that send themselves on (logout without a session) and adds the digest of their script to the
 * policy. Where they end is a registered address of a client, on another origin, and browsers apply `form-action` to
 * redirects; so these answers have none. They hold no field that a person fills in.
 */
const protocolPolicy: RequestHandler = (_request, response, next) => {
  const policy = Object.entries(pageContentSecurityPolicy).filter(
    ([directive]) => directive !== "form-action",
  );
  response.setHeader("content-security-policy", contentSecurityPolicyText(Object.fromEntries(policy)));
  next();
};

function protocolPages({ isSandbox }: SsoDeps): SignOnPages {
  const settings = (request: Parameters<typeof languageOfRequest>[0]) => ({
    isSandbox,
    language: languageOfRequest(request),
  });
  return {
    logout: (request, page) => logoutPage(settings(request), page),
    loggedOut: (request) => messagePage(settings(request), "loggedOut"),
    error: (request, page) => messagePage(settings(request), "error", page),
  };
}
