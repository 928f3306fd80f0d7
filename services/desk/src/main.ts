import { randomBytes } from "node:crypto";

import { explainKeyStoreError, ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createSuiteAuthenticator } from "@yinxin/service-kit/auth";
import { clientKeyHooks, clientRing, openClientKey } from "@yinxin/service-kit/client-keys";
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
import { createDeskService } from "./app.ts";
import { createSealClient } from "./clients/seal-client.ts";
import { createSignOnClient } from "./clients/sign-on-client.ts";
import { deskEnvironment } from "./config.ts";
import { deskEvents } from "./domain/desk-events.ts";
import type { DeskSchema } from "./store/index.ts";

/** A sealed file is kept ten minutes; it is gone a minute later. */
const sweepMilliseconds = 60_000;

await runMain(async () => {
  const config = readConfig(deskEnvironment, process.env);
  const clock = systemClock;
  const log = createLog({ service: "desk", level: config.LOG_LEVEL });
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
  const database = await openDatabase<DeskSchema>({ url: config.DATABASE_URL, schema: "desk", log });
  await migrateToLatest(database, migrations);
  const metrics = createMetrics("desk");
  registerKeyStore(metrics, readKeyStore);
  const governance = await openGovernance({
    ...{ service: "desk", db: database, catalogue: deskEvents, keys: ringKeysOf(keyStore) },
    ...{ config, clock, randomBytes, log, fetch, metrics },
  });
  const { rings, trail } = governance;
  await rings.ensure(clientRing("desk"));
  const clientKeys = { db: database, rings, trail: trail.kit, clock, service: "desk" };
  const ofSso = { issuer: config.SSO_ISSUER, clientId: config.CLIENT_ID, fetch, randomBytes };
  const administration = governance.administer({ hooks: clientKeyHooks({ ...clientKeys, ...ofSso }) });
  const checks = {
    database: databaseCheck(database),
    keys: keyStoreCheck(readKeyStore),
    ...administration.checks,
  };
  const health = createHealth({ checks, log, clock });
  const sealClient = createSealClient({ baseUrl: config.SEAL_URL, fetch });
  const desk = createDeskService({
    version: "0.1.0",
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    isSandbox: config.DESK_SANDBOX,
    issuer: config.SSO_ISSUER,
    signOn: createSignOnClient({
      ...ofSso,
      clock,
      openKey: openClientKey(clientKeys),
      callbackAddress: `${config.BASE_URL}/callback`,
      afterLogoutAddress: `${config.BASE_URL}/`,
    }),
    seals: sealClient,
    verifier: sealClient,
    authenticator: createSuiteAuthenticator({ issuer: config.SSO_ISSUER, clock, fetch }),
    ...{ governance, administration, database, clock, log, health, metrics, randomBytes },
  });
  await administration.start();
  const sweeping = setInterval(() => {
    desk.sweepExpired().catch((cause: unknown) => {
      log.error({ err: cause }, "expired records were not removed");
    });
  }, sweepMilliseconds);
  await runService({
    name: "desk",
    host: config.HOST,
    port: config.PORT,
    metricsPort: config.METRICS_PORT,
    ...{ app: desk.app, health, metrics, log },
    isSupervised: config.YINXIN_SUPERVISED,
    onStop: async () => {
      clearInterval(sweeping);
      await administration.stop();
      await keyStore.close();
      await database.destroy();
    },
  });
}, explainKeyStoreError);
