import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { parseTrustList } from "@yinxin/crypto/x509";
import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import type { AuditTrail } from "@yinxin/service-kit/audit";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import type { RingKeys } from "@yinxin/service-kit/key-rings";
import { fixedAuthorities } from "@yinxin/service-kit/known-authorities";
import {
  createTestCertificateAuthority,
  createTestGovernance,
  createTestTokens,
  fixedClock,
  memoryRingKeys,
  silentLog,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { TestCertificateAuthority, TestGovernance, TestTokenRequest } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";

import { migrations } from "../migrations/index.ts";
import { createSealApp } from "../src/app.ts";
import { sealEvents } from "../src/domain/seal-events.ts";
import { checkFaceText, drawSealFace, openFaceFont } from "../src/face/index.ts";
import type { TestSealsDeps } from "../src/operations/test-seals.ts";
import { openRings } from "../src/operations/open-rings.ts";
import type { SealSchema } from "../src/store/seal-schema.ts";
import { createSealStore } from "../src/store/seal-store.ts";

export const now = "2026-11-22T08:00:00.750Z";

const fixtures = join(import.meta.dirname, "../../../fixtures");

/** A file of the project's fixtures. */
export function fixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(fixtures, path)));
}

const font = openFaceFont(fixture("fonts/yinxin-test-song.otf"));

/** Everything that a request can leave behind. */
export interface Remains {
  readonly seals: number;
  readonly applications: number;
  readonly numbers: number;
  readonly events: number;
  readonly keyFiles: number;
}

/** The seal service on loopback, with its database, its keys, and a certificate authority of its own. */
export interface SealServiceForTests {
  readonly url: string;
  readonly db: Kysely<SealSchema>;
  readonly clock: ReturnType<typeof fixedClock>;
  readonly authority: TestCertificateAuthority;
  readonly governance: TestGovernance<typeof sealEvents>;
  /** What its operations are called with. */
  readonly deps: TestSealsDeps;
  remains(): Promise<Remains>;
  /** Runs once, just before the next key is opened to sign. */
  beforeSigning(act: () => Promise<unknown>): void;
  send(method: string, path: string, caller: TestTokenRequest | undefined, body?: unknown): Promise<Response>;
  close(): Promise<void>;
}

export interface SealServiceOptions {
  readonly trustPem?: string;
  readonly areKeysInMemory?: boolean;
}

export async function startSealService(options: SealServiceOptions = {}): Promise<SealServiceForTests> {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-seal-"));
  const keyFolder = join(folder, "keys");
  const clock = fixedClock(now);
  const tokens = createTestTokens(clock);
  const authority = await createTestCertificateAuthority(clock);
  const db = await openDatabase<SealSchema>({ url: `sqlite:${join(folder, "db.sqlite")}`, schema: "seal" });
  await migrateToLatest(db, migrations);
  const passphrase = utf8Of("only for tests");
  const keyStore = await openEncryptedFileKeyStore({ folder: keyFolder, passphrase, randomBytes });
  let interruption: (() => Promise<unknown>) | undefined;
  const inStore: RingKeys = options.areKeysInMemory === true ? memoryRingKeys() : ringKeysOf(keyStore);
  const keys: RingKeys = {
    ...inStore,
    open: async (uri) => {
      const signer = await inStore.open(uri);
      return {
        ...{ algorithm: signer.algorithm, publicKey: signer.publicKey, inputs: signer.inputs },
        sign: async (input) => {
          const act = interruption;
          interruption = undefined;
          await act?.();
          return signer.sign(input);
        },
      };
    },
  };
  const governance = createTestGovernance({
    ...{ service: "seal", db, catalogue: sealEvents, clock, keys },
  });
  const { trail, rings, administration } = governance;
  const store = createSealStore({ db, trail, rings });
  await openRings({ store, rings });
  const { anchors, intermediates } = parseTrustList(options.trustPem ?? authority.trustListPem);
  const deps: TestSealsDeps = {
    ...{ store, rings, authority, clock },
    authorities: fixedAuthorities({ anchors, intermediates }),
    makerName: [
      { type: "C", value: "CN" },
      { type: "O", value: "测试制章单位" },
      { type: "CN", value: "统一电子印章制作系统" },
    ],
  };
  const service = await startTestService({
    at: (baseUrl) =>
      createSealApp({
        baseUrl,
        authenticator: tokens.authenticator,
        ...deps,
        administration,
        face: {
          check: (text) => {
            checkFaceText(font, text);
          },
          draw: (text, sizeMm) => drawSealFace(font, text, sizeMm),
        },
        randomBytes,
        log: silentLog,
        health: createHealth({ checks: {}, log: silentLog, clock }),
      }),
  });
  const count = async (table: "seals" | "applications" | "seal_numbers"): Promise<number> => {
    const rows = await db.selectFrom(table).selectAll().execute();
    return rows.length;
  };
  return {
    url: service.url,
    db,
    clock,
    authority,
    ...{ governance, deps },
    remains: async () => ({
      seals: await count("seals"),
      applications: await count("applications"),
      numbers: (await db.selectFrom("seal_numbers").select("last_serial").execute()).reduce(
        (sum, row) => sum + row.last_serial,
        0,
      ),
      events: await verifiedEvents(db, trail),
      keyFiles: (await readdir(keyFolder)).filter((name) => name.endsWith(".key.json")).length,
    }),
    beforeSigning: (act) => {
      interruption = act;
    },
    send: async (method, path, caller, body) =>
      fetch(`${service.url}${path}`, {
        method,
        headers: {
          "accept-language": "en",
          ...(caller && { authorization: await tokens.bearer(caller) }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    close: async () => {
      await service.close();
      await keyStore.close();
      await db.destroy();
      await rm(folder, { recursive: true });
    },
  };
}

/** How many events the service wrote, besides what is told of keys and of readers; the trail must be whole. */
async function verifiedEvents(db: Kysely<SealSchema>, trail: AuditTrail<typeof sealEvents>): Promise<number> {
  const { brokenAt } = await trail.verify();
  if (brokenAt !== undefined) throw new Error(`the audit trail is broken at ${String(brokenAt.index)}`);
  const rows = await db
    .selectFrom("audit_events" as never)
    .selectAll()
    .where("action" as never, "not like", "key.%" as never)
    .where("action" as never, "<>", "record.read" as never)
    .execute();
  return rows.length;
}

export const approval = { id: "org_approval", name: "云岭市行政审批局（测试）", uscc: "11330100MB0000001R" };
export const market = { id: "org_market", name: "云岭市市场监督管理局（测试）", uscc: "11330100MB0000002W" };

/** Makes seals. */
export const maker: TestTokenRequest = {
  subject: "seed",
  clientId: "seed",
  permissions: ["seal:make", "seal:read"],
};

/** A person of the approval bureau who stamps. */
export const clerk: TestTokenRequest = {
  subject: approval.id,
  actor: "psn_zhangmin",
  clientId: "desk",
  permissions: ["seal:read", "seal:apply"],
};

/** A system that may use any organization's seal. */
export const ledger: TestTokenRequest = {
  subject: "ledger",
  clientId: "ledger",
  permissions: ["seal:read", "seal:apply", "seal:apply-any"],
};
