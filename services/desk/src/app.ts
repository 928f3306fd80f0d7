import type { Authenticator } from "@yinxin/service-kit/auth";
import type { Clock } from "@yinxin/service-kit/clock";
import type { Administration, Governance } from "@yinxin/service-kit/governance";
import type { Health, Metrics } from "@yinxin/service-kit/health";
import type { Log } from "@yinxin/service-kit/log";
import { createServiceApp } from "@yinxin/service-kit/routes";
import type { Express } from "express";
import type { Kysely } from "kysely";

import type { DeskEvents } from "./domain/desk-events.ts";
import { createUploadReader, deskPages, deskProblems, deskRoutes } from "./http/index.ts";
import { findSession } from "./operations/find-session.ts";
import { endSession, finishLogin, startLogin } from "./operations/log-in.ts";
import type { Seals, SignOn, Verifier } from "./operations/ports.ts";
import { findResult, stamp } from "./operations/stamp.ts";
import { sweepExpired } from "./operations/sweep-expired.ts";
import { verify } from "./operations/verify.ts";
import { createLoginStore, createResultStore, createSessionStore } from "./store/index.ts";
import type { DeskSchema } from "./store/index.ts";

export interface DeskDeps {
  readonly version: string;
  readonly baseUrl: string;
  readonly allowedHosts: readonly string[];
  readonly isSandbox: boolean;
  /** sso's address. */
  readonly issuer: string;
  readonly database: Kysely<DeskSchema>;
  readonly governance: Pick<Governance<DeskEvents>, "trail">;
  readonly administration: Pick<
    Administration,
    "routes" | "problems" | "mount" | "recordRead" | "authenticator"
  >;
  readonly signOn: SignOn;
  readonly seals: Seals;
  readonly verifier: Verifier;
  /** For the officers' side; people come with a session. */
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: Health;
  readonly metrics?: Metrics;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** The desk, put together and not yet listening. */
export interface DeskService {
  readonly app: Express;
  /** Removes what has expired; to be called now and then. */
  sweepExpired(): Promise<void>;
}

/** Wires the desk; does nothing else. */
export function createDeskService(deps: DeskDeps): DeskService {
  const { database, clock, baseUrl, isSandbox, log, seals, verifier } = deps;
  const shared = {
    ...deps,
    sessions: createSessionStore(database, deps.governance.trail),
    logins: createLoginStore(database),
    results: createResultStore(database, deps.governance.trail),
  };
  const pages = deskPages({
    ...{ baseUrl, isSandbox, clock, log },
    signOnOrigin: new URL(deps.issuer).origin,
    uploads: createUploadReader(),
    findSession: (secret) => findSession(shared, secret),
    startLogin: (returnPath) => startLogin(shared, returnPath),
    finishLogin: (request) => finishLogin(shared, request),
    endSession: async (secret) => {
      const idToken = await endSession(shared, secret);
      return idToken === undefined ? "/" : await deps.signOn.endAddress(idToken);
    },
    listSeals: ({ accessToken }, language) => seals.list(accessToken, language),
    sealPicture: ({ accessToken }, language, sealId) => seals.picture(accessToken, language, sealId),
    stamp: (session, language, request) => stamp(shared, session, language, request),
    findResult: (session, id) => findResult(shared, session, id),
    verify: (language, file) => verify({ verifier }, language, file),
  });
  const app = createServiceApp({
    ...deps,
    name: "desk",
    routes: [...deskRoutes(), ...deps.administration.routes],
    recordRead: deps.administration.recordRead,
    problems: { ...deps.administration.problems, ...deskProblems },
    authenticator: deps.administration.authenticator(deps.authenticator),
    mount: (mounted) => {
      deps.administration.mount(mounted);
      mounted.use(pages);
    },
  });
  return { app, sweepExpired: () => sweepExpired(shared) };
}
