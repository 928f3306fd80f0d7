import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

import { parseTrustList } from "@yinxin/crypto/x509";
import { explainKeyStoreError, createKey, parseKeyUri } from "@yinxin/hsm-adapters/key-store";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createServiceClient, createSuiteAuthenticator, createSuiteTokens } from "@yinxin/service-kit/auth";
import { systemClock } from "@yinxin/service-kit/clock";
import { readConfig } from "@yinxin/service-kit/config";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createCertificateAuthorityClient } from "@yinxin/service-kit/enrolment";
import {
  createHealth,
  createMetrics,
  databaseCheck,
  keyStoreCheck,
  registerKeyStore,
  signerCheck,
} from "@yinxin/service-kit/health";
import { runMain, runService } from "@yinxin/service-kit/lifecycle";
import { createLog } from "@yinxin/service-kit/log";

import { migrations } from "../migrations/index.ts";
import { createSigningApp } from "./app.ts";
import { signingEnvironment } from "./config.ts";
import type { PurposeKeys } from "./operations/purpose-keys.ts";
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
  const client = await keyStore.signer("file:client");
  const db = await openDatabase<SigningSchema>({ url: config.DATABASE_URL, schema: "signing", log });
  await migrateToLatest(db, migrations);
  const tokens = createSuiteTokens({
    issuer: config.SSO_ISSUER,
    clientId: config.CLIENT_ID,
    signer: client,
    scope: "certificate:issue",
    clock,
    fetch,
    randomBytes,
  });
  const health = createHealth({
    checks: {
      database: databaseCheck(db),
      keys: keyStoreCheck(readKeyStore),
      "key-store": signerCheck(client),
    },
    log,
    clock,
  });
  const metrics = createMetrics("signing");
  registerKeyStore(metrics, readKeyStore);
  const app = createSigningApp({
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: createSuiteAuthenticator({ issuer: config.SSO_ISSUER, clock, fetch }),
    store: createSigningStore(db),
    keys: purposeKeysIn(keyStore),
    authority: createCertificateAuthorityClient(
      createServiceClient({ baseUrl: config.PKI_URL, tokens, fetch }),
    ),
    trust: anchors,
    intermediates,
    clock,
    randomBytes,
    log,
    health,
    metrics,
  });
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
      await keyStore.close();
      await db.destroy();
    },
  });
}, explainKeyStoreError);

function purposeKeysIn(keyStore: KeyStore): PurposeKeys {
  return {
    open: (uri) => keyStore.signer(parseKeyUri(uri)),
    create: (uri, algorithm) => createKey(keyStore, parseKeyUri(uri), algorithm),
  };
}
