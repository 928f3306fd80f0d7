import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

import { parseTrustList } from "@yinxin/crypto/x509";
import { explainKeyStoreError, ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createServiceClient, createSuiteAuthenticator, createSuiteTokens } from "@yinxin/service-kit/auth";
import { clientKeyHooks, clientRing, openClientKey } from "@yinxin/service-kit/client-keys";
import { systemClock } from "@yinxin/service-kit/clock";
import { readConfig } from "@yinxin/service-kit/config";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createCertificateAuthorityClient } from "@yinxin/service-kit/enrolment";
import { openGovernance } from "@yinxin/service-kit/governance";
import {
  createHealth,
  createMetrics,
  databaseCheck,
  keyStoreCheck,
  registerKeyStore,
} from "@yinxin/service-kit/health";
import { createKnownAuthorities } from "@yinxin/service-kit/known-authorities";
import { runMain, runService } from "@yinxin/service-kit/lifecycle";
import { createLog } from "@yinxin/service-kit/log";

import { migrations } from "../migrations/index.ts";
import { sealMakerPlan } from "../plans/seal-maker-plan.ts";
import { createSealApp } from "./app.ts";
import { sealEnvironment } from "./config.ts";
import { sealEvents } from "./domain/seal-events.ts";
import { checkFaceText, drawSealFace, openFaceFont } from "./face/index.ts";
import { knowsScope } from "./operations/knows-scope.ts";
import { openRings } from "./operations/open-rings.ts";
import { sealHooks } from "./operations/seal-hooks.ts";
import { affectedSeals } from "./store/affected-seals.ts";
import type { SealSchema } from "./store/seal-schema.ts";
import { createSealStore } from "./store/seal-store.ts";

await runMain(async () => {
  const config = readConfig(sealEnvironment, process.env);
  const clock = systemClock;
  const log = createLog({ service: "seal", level: config.LOG_LEVEL });
  const font = openFaceFont(await readFile(config.SEAL_FONT_FILE), config.SEAL_FONT_NAME);
  const trust = parseTrustList(await readFile(config.TRUST_FILE, "utf8"));
  const keyStore = await openKeyStore({
    folder: config.KEY_STORE_FOLDER,
    passphraseFile: config.KEY_STORE_PASSPHRASE_FILE,
    configFile: config.KEY_STORE_CONFIG_FILE,
    randomBytes,
    log: (event) => {
      log.warn(event, "key store");
    },
  });
  const readKeyStore = () => keyStore.health();
  const db = await openDatabase<SealSchema>({ url: config.DATABASE_URL, schema: "seal", log });
  await migrateToLatest(db, migrations);

  const metrics = createMetrics("seal");
  registerKeyStore(metrics, readKeyStore);
  const governance = await openGovernance({
    ...{ service: "seal", db, catalogue: sealEvents, keys: ringKeysOf(keyStore) },
    ...{ config, clock, randomBytes, log, fetch, metrics },
  });
  const { trail, rings } = governance;
  await rings.ensure(clientRing("seal"));
  const store = createSealStore({ db, trail, rings });
  await openRings({ store, rings });
  const clientKeys = { db, rings, trail: trail.kit, clock, service: "seal" };
  const ofSso = { issuer: config.SSO_ISSUER, clientId: config.CLIENT_ID, fetch, randomBytes };
  const tokens = createSuiteTokens({
    ...ofSso,
    signer: openClientKey(clientKeys),
    scope: "certificate:issue certificate:revoke",
    clock,
  });
  const pki = createServiceClient({ baseUrl: config.PKI_URL, tokens, fetch });
  const making = {
    ...{ store, rings, clock, randomBytes },
    authority: createCertificateAuthorityClient(pki),
    authorities: createKnownAuthorities({ trust, pkiUrl: config.PKI_URL, fetch, clock, log }),
    makerName: [
      { type: "C", value: "CN" },
      { type: "O", value: config.SEAL_MAKER_ORGANIZATION },
      { type: "CN", value: "统一电子印章制作系统" },
    ],
  } as const;
  const administration = governance.administer({
    hooks: { ...sealHooks(making), ...clientKeyHooks({ ...clientKeys, ...ofSso }) },
    definitions: [sealMakerPlan],
    affected: affectedSeals(db),
    knowsScope: (scope) => knowsScope(store, scope),
  });
  const health = createHealth({
    checks: {
      database: databaseCheck(db),
      keys: keyStoreCheck(readKeyStore),
      ...administration.checks,
    },
    log,
    clock,
  });
  const suite = createSuiteAuthenticator({ issuer: config.SSO_ISSUER, clock, fetch });
  const app = createSealApp({
    ...making,
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: administration.authenticator(suite),
    administration,
    face: {
      check: (text) => {
        checkFaceText(font, text);
      },
      draw: (text, sizeMm) => drawSealFace(font, text, sizeMm),
    },
    ...{ log, health, metrics },
  });
  await administration.start();
  await runService({
    name: "seal",
    host: config.HOST,
    port: config.PORT,
    metricsPort: config.METRICS_PORT,
    app,
    health,
    metrics,
    log,
    isSupervised: config.YINXIN_SUPERVISED,
    onStop: async () => {
      await administration.stop();
      await keyStore.close();
      await db.destroy();
    },
  });
}, explainKeyStoreError);
