import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base64Of, utf8Of } from "@yinxin/crypto/bytes";
import { createCertificateRequest } from "@yinxin/crypto/issuing";
import type { NameInput } from "@yinxin/crypto/issuing";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import type { FixedClock } from "@yinxin/service-kit/clock";
import {
  createTestGovernance,
  createTestTokens,
  fixedClock,
  memoryRingKeys,
  silentLog,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { TestGovernance, TestTokens } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";

import { migrations } from "../migrations/index.ts";
import { createPkiApp } from "../src/app.ts";
import { pkiEvents } from "../src/domain/pki-events.ts";
import type { AuthorityCertificateDeps } from "../src/operations/issue-authority-certificate.ts";
import { openAuthorities } from "../src/operations/open-authorities.ts";
import { createPkiStore } from "../src/store/pki-store.ts";
import type { PkiSchema } from "../src/store/pki-schema.ts";

export const now = "2026-11-22T08:00:00.000Z";

/** A certificate authority on loopback, with its database and its keys in a folder of their own. */
export interface PkiForTests {
  readonly url: string;
  readonly db: Kysely<PkiSchema>;
  readonly tokens: TestTokens;
  readonly keyFolder: string;
  readonly clock: FixedClock;
  readonly governance: TestGovernance<typeof pkiEvents>;
  /** What its operations are called with. */
  readonly deps: AuthorityCertificateDeps;
  keyFiles(): Promise<string[]>;
  verifyAudit(): Promise<unknown>;
  /** From then on no key of the authorities signs. */
  closeKeys(): Promise<void>;
  /** Ends the service and starts another one on the same data. */
  restart(options?: PkiOptions): Promise<PkiForTests>;
  close(): Promise<void>;
}

export interface PkiOptions {
  readonly makesTestAuthority: boolean;
  readonly areKeysInMemory?: boolean;
}

export async function startPki(
  options: PkiOptions = { makesTestAuthority: true },
  at?: string,
): Promise<PkiForTests> {
  const folder = at ?? (await mkdtemp(join(tmpdir(), "yinxin-pki-")));
  const keyFolder = join(folder, "keys");
  const clock = fixedClock(now);
  const tokens = createTestTokens(clock);
  const db = await openDatabase<PkiSchema>({ url: `sqlite:${join(folder, "db.sqlite")}`, schema: "pki" });
  await migrateToLatest(db, migrations);
  const keyStore = await openEncryptedFileKeyStore({
    folder: keyFolder,
    passphrase: utf8Of("only for tests"),
    randomBytes,
  });
  const governance = createTestGovernance({
    ...{ service: "pki", db, catalogue: pkiEvents, clock },
    keys: options.areKeysInMemory === true ? memoryRingKeys() : ringKeysOf(keyStore),
  });
  const { trail, rings, administration } = governance;
  const deps = { store: createPkiStore({ db, trail, rings }), rings, clock, randomBytes };
  await openAuthorities(deps, options);
  const service = await startTestService({
    at: (baseUrl) =>
      createPkiApp({
        ...deps,
        ...{ baseUrl, administration, log: silentLog },
        authenticator: tokens.authenticator,
        health: createHealth({ checks: {}, log: silentLog, clock }),
      }),
  });
  const stop = async (): Promise<void> => {
    await service.close();
    await keyStore.close();
    await db.destroy();
  };
  return {
    url: service.url,
    db,
    tokens,
    keyFolder,
    ...{ clock, governance, deps },
    keyFiles: async () => (await readdir(keyFolder)).filter((name) => name.endsWith(".key.json")).sort(),
    verifyAudit: () => trail.verify(),
    closeKeys: () => keyStore.close(),
    restart: async (again = options) => {
      await stop();
      return startPki(again, folder);
    },
    close: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

export const ownerName: NameInput = [
  { type: "C", value: "CN" },
  { type: "O", value: "11330106000000001B临溪市民政局" },
  { type: "CN", value: "33010600000001" },
];

export function softwareKey(algorithm: "SM2" | "ES256" | "Ed25519"): Signer {
  return createSoftwareSigner(generateKey(algorithm).pkcs8);
}

/** A certificate request in base64. */
export async function requestFor(subject: NameInput, signer = softwareKey("SM2")): Promise<string> {
  return base64Of(await createCertificateRequest({ subject, signer }));
}
