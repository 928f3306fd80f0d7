import { randomBytes } from "node:crypto";

import { explainKeyStoreError, openOrGenerateKey, parseKeyUri } from "@yinxin/hsm-adapters/key-store";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createSuiteAuthenticator } from "@yinxin/service-kit/auth";
import { systemClock } from "@yinxin/service-kit/clock";
import { readConfig } from "@yinxin/service-kit/config";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
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
import { createPkiApp } from "./app.ts";
import { pkiEnvironment } from "./config.ts";
import type { AuthorityKeys } from "./operations/authority-keys.ts";
import { openAuthorities } from "./operations/open-authorities.ts";
import { createPkiStore } from "./store/pki-store.ts";
import type { PkiSchema } from "./store/pki-store.ts";

await runMain(async () => {
  const config = readConfig(pkiEnvironment, process.env);
  const clock = systemClock;
  const log = createLog({ service: "pki", level: config.LOG_LEVEL });
  const db = await openDatabase<PkiSchema>({ url: config.DATABASE_URL, schema: "pki", log });
  await migrateToLatest(db, migrations);
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
  const store = createPkiStore(db);
  const authorities = await openAuthorities(
    { store, keys: authorityKeysIn(keyStore), clock, randomBytes },
    { makesTestAuthority: config.PKI_TEST_AUTHORITY },
  );
  const signerChecks = authorities.map(
    ({ algorithm, signer }) => [`signer-${algorithm.toLowerCase()}`, signerCheck(signer)] as const,
  );
  const health = createHealth({
    checks: {
      database: databaseCheck(db),
      keys: keyStoreCheck(readKeyStore),
      ...Object.fromEntries(signerChecks),
    },
    log,
    clock,
  });
  const metrics = createMetrics("pki");
  registerKeyStore(metrics, readKeyStore);
  const app = createPkiApp({
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: createSuiteAuthenticator({ issuer: config.SSO_ISSUER, clock, fetch }),
    store,
    authorities,
    clock,
    randomBytes,
    log,
    health,
    metrics,
  });
  await runService({
    name: "pki",
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

function authorityKeysIn(keyStore: KeyStore): AuthorityKeys {
  return {
    open: (uri) => keyStore.signer(parseKeyUri(uri)),
    openOrCreate: (uri, algorithm) => openOrGenerateKey(keyStore, parseKeyUri(uri), algorithm),
  };
}
