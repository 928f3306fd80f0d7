import { randomBytes } from "node:crypto";

import { explainKeyStoreError, ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createSuiteAuthenticator } from "@yinxin/service-kit/auth";
import { systemClock } from "@yinxin/service-kit/clock";
import { readConfig } from "@yinxin/service-kit/config";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
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
import { createPkiApp } from "./app.ts";
import { pkiEnvironment } from "./config.ts";
import { pkiEvents } from "./domain/pki-events.ts";
import { authorityHooks } from "./operations/authority-hooks.ts";
import { openAuthorities } from "./operations/open-authorities.ts";
import { affectedCertificates } from "./store/affected-certificates.ts";
import { createPkiStore } from "./store/pki-store.ts";
import type { PkiSchema } from "./store/pki-schema.ts";

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
  const metrics = createMetrics("pki");
  registerKeyStore(metrics, readKeyStore);
  const governance = await openGovernance({
    service: "pki",
    db,
    catalogue: pkiEvents,
    keys: ringKeysOf(keyStore),
    config,
    clock,
    randomBytes,
    log,
    fetch,
    metrics,
  });
  const { trail, rings } = governance;
  const deps = { store: createPkiStore({ db, trail, rings }), rings, clock, randomBytes };
  await openAuthorities(deps, { makesTestAuthority: config.PKI_TEST_AUTHORITY });
  const administration = governance.administer({
    hooks: authorityHooks(deps),
    affected: affectedCertificates(db),
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
  const app = createPkiApp({
    ...deps,
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: administration.authenticator(suite),
    administration,
    log,
    health,
    metrics,
  });
  await administration.start();
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
      await administration.stop();
      await keyStore.close();
      await db.destroy();
    },
  });
}, explainKeyStoreError);
