import { randomBytes } from "node:crypto";

import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import { createTestBrowser } from "@yinxin/service-kit/page-testing";
import type { BrowserPage, TestBrowser } from "@yinxin/service-kit/page-testing";
import { createTestGovernance, silentLog, startTestService } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";

import { migrations } from "../../migrations/index.ts";
import { createDeskService } from "../../src/app.ts";
import type { DeskService } from "../../src/app.ts";
import { deskEvents } from "../../src/domain/desk-events.ts";
import { createSealClient } from "../../src/clients/seal-client.ts";
import { createSignOnClient } from "../../src/clients/sign-on-client.ts";
import type { DeskSchema } from "../../src/store/index.ts";
import { startSealPeer, startSignOnPeer } from "./peers.ts";
import type { SealPeer, SignOnPeer } from "./peers.ts";

/** The machine's time, moved on as far as a test wants: openid-client reads the machine's own. */
export interface MovingClock {
  now(): Date;
  advance(minutes: number): void;
}

export interface RunningDesk {
  readonly url: string;
  readonly service: DeskService;
  readonly database: Kysely<DeskSchema>;
  readonly clock: MovingClock;
  readonly sso: SignOnPeer;
  readonly seal: SealPeer;
  close(): Promise<void>;
}

/** A whole desk on a free port, with a sign-on service and a seal service to talk to over HTTP. */
export async function startDesk(): Promise<RunningDesk> {
  const clock = movingClock();
  const database = await openDatabase<DeskSchema>({ url: "sqlite::memory:", schema: "desk" });
  await migrateToLatest(database, migrations);
  const governance = createTestGovernance({
    ...{ service: "desk", db: database, catalogue: deskEvents, clock },
  });
  const sso = await startSignOnPeer(clock);
  const seal = await startSealPeer(sso.tokens, clock);
  const signer = createSoftwareSigner(generateKey("ES256").pkcs8);
  const sealClient = createSealClient({ baseUrl: seal.url, fetch });
  let service: DeskService | undefined;
  const running = await startTestService({
    at: (baseUrl) => {
      service = createDeskService({
        ...{ version: "0.0.0", baseUrl, allowedHosts: [], isSandbox: true, issuer: sso.url },
        signOn: createSignOnClient({
          ...{ clock, fetch, randomBytes },
          openKey: () => Promise.resolve(signer),
          issuer: sso.url,
          clientId: "desk",
          callbackAddress: `${baseUrl}/callback`,
          afterLogoutAddress: `${baseUrl}/`,
        }),
        seals: sealClient,
        verifier: sealClient,
        authenticator: sso.tokens.authenticator,
        ...{ governance, administration: governance.administration },
        ...{ database, clock, log: silentLog, randomBytes },
        health: createHealth({ checks: {}, log: silentLog, clock }),
      });
      return service.app;
    },
  });
  if (service === undefined) throw new Error("the desk was not made");
  return {
    url: running.url,
    ...{ service, database, clock, sso, seal },
    close: async () => {
      for (const each of [running, seal, sso]) await each.close();
      await database.destroy();
    },
  };
}

function movingClock(): MovingClock {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    advance: (minutes) => {
      offset += minutes * 60_000;
    },
  };
}

export function browserFor(desk: RunningDesk): TestBrowser {
  return createTestBrowser([new URL(desk.url).host]);
}

/** Goes to sso and back as a browser does; the page is the one that the login ends at. */
export async function logIn(desk: RunningDesk, browser: TestBrowser = browserFor(desk)): Promise<LoggedIn> {
  const sent = await browser.open(`${desk.url}/login`);
  const address = new URL(sent.headers.get("location") ?? "");
  desk.sso.next.nonce = address.searchParams.get("nonce") ?? "";
  const state = address.searchParams.get("state") ?? "";
  const page = await browser.open(
    `${desk.url}/callback?code=c1&state=${state}&iss=${encodeURIComponent(desk.sso.url)}`,
  );
  return { browser, page, address };
}

export interface LoggedIn {
  readonly browser: TestBrowser;
  readonly page: BrowserPage;
  /** Where the desk had sent the browser. */
  readonly address: URL;
}

/** A form with a file, as a browser sends it. */
export function formWith(
  fields: Readonly<Record<string, string>>,
  file?: { readonly name: string; readonly content: Uint8Array },
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // A browser sends an empty part if nobody chose a file.
  form.append("file", new Blob([Uint8Array.from(file?.content ?? [])]), file?.name ?? "");
  return form;
}
