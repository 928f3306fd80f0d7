import { randomBytes, randomUUID } from "node:crypto";

import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { createClientAssertion, createCompactJws, publicJwkOfSpki } from "@yinxin/crypto/tokens";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import {
  createTestGovernance,
  memoryRingKeys,
  silentLog,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { TestGovernance } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";

import { migrations } from "../../migrations/index.ts";
import { createSsoService } from "../../src/app.ts";
import type { SsoService } from "../../src/app.ts";
import { ssoEvents } from "../../src/domain/events.ts";
import type { SsoEvents } from "../../src/domain/events.ts";
import { tokenRing } from "../../src/domain/token-ring.ts";
import { manifestType, openManifest } from "../../src/domain/signed-manifest.ts";
import { hashPassword, openPasswords } from "../../src/passwords/index.ts";
import type { SsoSchema } from "../../src/store/index.ts";

export const organization = { id: "org_1", name: "杭州市测试审批局", uscc: "91430100MA4PD37P5G" };
/** As the program has them by default. */
export const caching = { jwksMaxAgeSeconds: 300, clientCacheSeconds: 3600 };
export const person = { id: "psn_1", username: "zhangmin", password: "春眠不觉晓-8" };

/** A clock that can be moved; the library's own is the machine's and is not. */
export interface MovingClock {
  now(): Date;
  advance(seconds: number): void;
}

export interface RunningSso {
  readonly url: string;
  readonly callback: string;
  readonly service: SsoService;
  readonly governance: TestGovernance<SsoEvents>;
  readonly database: Kysely<SsoSchema>;
  readonly clock: MovingClock;
  readonly clients: Readonly<Record<"desk" | "seal", Signer>>;
  close(): Promise<void>;
}

/**
 * A whole sso on a free port, with one unit, one person and two clients from a manifest that was signed and checked.
 *
 * @param other one whose database, keys and clock it shares, as two processes of one service do.
 */
export async function startSso(other?: RunningSso): Promise<RunningSso> {
  const database =
    other?.database ?? (await openDatabase<SsoSchema>({ url: "sqlite::memory:", schema: "sso" }));
  await migrateToLatest(database, migrations);
  const clients = other?.clients ?? { desk: newKey(), seal: newKey() };
  const bootstrap = newKey();
  const clock = other?.clock ?? movingClock();
  // A key from before there were rings: the ring takes it over.
  const keys = other?.governance.keys ?? memoryRingKeys();
  await keys.create("token", "ES256");
  const governance = createTestGovernance({
    ...{ service: "sso", db: database, catalogue: ssoEvents, clock, keys },
  });
  await governance.rings.ensure(tokenRing(caching));
  const callback = "http://localhost:7600/login/callback";
  let service: SsoService | undefined;
  const running = await startTestService({
    at: async (baseUrl) => {
      service = createSsoService({
        version: "0.0.0",
        baseUrl,
        allowedHosts: [],
        isSandbox: true,
        database,
        governance,
        administration: governance.administration,
        jwksMaxAgeSeconds: caching.jwksMaxAgeSeconds,
        cookieSecret: randomBytes(32),
        passwords: await openPasswords(randomBytes),
        clock,
        log: silentLog,
        health: createHealth({ checks: {}, log: silentLog, clock }),
        randomBytes,
      });
      const jws = await signManifest(bootstrap, await testManifest(clients, callback));
      await service.importBootstrap(openManifest(jws, bootstrap.publicKey));
      return service.app;
    },
  });
  if (service === undefined) throw new Error("sso was not made");
  return {
    url: running.url,
    ...{ callback, service, governance, database, clock, clients },
    close: async () => {
      await running.close();
      if (other === undefined) await database.destroy();
    },
  };
}

export function newKey(): Signer {
  return createSoftwareSigner(generateKey("ES256").pkcs8);
}

export async function testManifest(
  clients: Readonly<Record<"desk" | "seal", Signer>>,
  callback: string,
): Promise<Record<string, unknown>> {
  return {
    organizations: [organization],
    people: [
      {
        id: person.id,
        username: person.username,
        name: "张敏",
        password_hash: await hashPassword(person.password),
        organization: organization.id,
        entitlements: ["seal:read", "seal:apply", "audit:read"],
      },
    ],
    clients: [
      {
        client_id: "desk",
        name: "印信工作台",
        jwk: publicJwkOfSpki(clients.desk.publicKey),
        grant_types: ["authorization_code"],
        redirect_uris: [callback],
        post_logout_redirect_uris: ["http://localhost:7600/"],
        scope: "openid profile seal:read seal:apply license:read",
        entitlements: [],
      },
      {
        client_id: "seal",
        name: "电子印章",
        jwk: publicJwkOfSpki(clients.seal.publicKey),
        grant_types: ["client_credentials"],
        redirect_uris: [],
        post_logout_redirect_uris: [],
        scope: "certificate:issue seal:make",
        entitlements: ["certificate:issue"],
      },
    ],
  };
}

export function signManifest(key: Signer, payload: Record<string, unknown>): Promise<string> {
  return createCompactJws(key, { typ: manifestType }, payload);
}

function movingClock(): MovingClock {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    advance: (seconds) => {
      offset += seconds * 1000;
    },
  };
}

/** Asks for a token as a client does. */
export async function requestToken(
  sso: Pick<RunningSso, "url">,
  client: {
    readonly id: string;
    readonly signer: Signer;
    readonly jwtId?: string;
    readonly audience?: string;
  },
  parameters: Readonly<Record<string, string>>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const assertion = await createClientAssertion({
    signer: client.signer,
    keyId: publicJwkOfSpki(client.signer.publicKey).kid,
    clientId: client.id,
    audience: client.audience ?? sso.url,
    now: new Date(),
    jwtId: client.jwtId ?? randomUUID(),
  });
  const response = await fetch(`${sso.url}/token`, {
    method: "POST",
    body: new URLSearchParams({
      ...parameters,
      client_id: client.id,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
