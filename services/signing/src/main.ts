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
import { runMain, runService } from "@yinxin/service-kit/lifecycle";
import { createLog } from "@yinxin/service-kit/log";

import { migrations } from "../migrations/index.ts";
import { createSigningApp } from "./app.ts";
import { signingEnvironment } from "./config.ts";
import { signingEvents } from "./domain/signing-events.ts";
import { adoptPurposes } from "./operations/adopt-purposes.ts";
import { signingKeyHooks } from "./operations/signing-key-hooks.ts";
import { createSigningStore } from "./store/signing-store.ts";
import type { SigningSchema } from "./store/signing-schema.ts";

await runMain(async () => {
  const config = readConfig(signingEnvironment, process.env);
  const clock = systemClock;
  const log = createLog({ service: "signing", level: config.LOG_LEVEL });
  const { anchors, intermediates } = parseTrustList(await readFile(config.TRUST_FILE, "utf8"));
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
  const db = await openDatabase<SigningSchema>({ url: config.DATABASE_URL, schema: "signing", log });
  await migrateToLatest(db, migrations);
  const metrics = createMetrics("signing");
  registerKeyStore(metrics, readKeyStore);
  const governance = await openGovernance({
    ...{ service: "signing", db, catalogue: signingEvents, keys: ringKeysOf(keyStore) },
    ...{ config, clock, randomBytes, log, fetch, metrics },
  });
  const { trail, rings } = governance;
  await rings.ensure(clientRing("signing"));
  const store = createSigningStore({ db, trail, rings });
  await adoptPurposes({ store, rings });
  const clientKeys = { db, rings, trail: trail.kit, clock, service: "signing" };
  const ofSso = { issuer: config.SSO_ISSUER, clientId: config.CLIENT_ID, fetch, randomBytes };
  const tokens = createSuiteTokens({
    ...ofSso,
    signer: openClientKey(clientKeys),
    scope: "certificate:issue certificate:revoke",
    clock,
  });
  const authority = createCertificateAuthorityClient(
    createServiceClient({ baseUrl: config.PKI_URL, tokens, fetch }),
  );
  const administration = governance.administer({
    hooks: { ...signingKeyHooks({ authority, trail }), ...clientKeyHooks({ ...clientKeys, ...ofSso }) },
  });
  const checks = {
    database: databaseCheck(db),
    keys: keyStoreCheck(readKeyStore),
    ...administration.checks,
  };
  const health = createHealth({ checks, log, clock });
  const app = createSigningApp({
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: createSuiteAuthenticator({ issuer: config.SSO_ISSUER, clock, fetch }),
    ...{ administration, store, rings, authority },
    trust: anchors,
    intermediates,
    ...{ clock, randomBytes, log, health, metrics },
  });
  await administration.start();
  await runService({
    name: "signing",
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
