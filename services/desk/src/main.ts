import { randomBytes } from "node:crypto";

import { publicJwkOfSpki } from "@yinxin/crypto/tokens";
import { explainKeyStoreError, parseKeyUri } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
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
import { createDeskService } from "./app.ts";
import { createSealClient } from "./clients/seal-client.ts";
import { createSignOnClient } from "./clients/sign-on-client.ts";
import { deskEnvironment } from "./config.ts";
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
  const signer = await keyStore.signer(parseKeyUri("file:client"));
  const database = await openDatabase<DeskSchema>({ url: config.DATABASE_URL, schema: "desk", log });
  await migrateToLatest(database, migrations);
  const health = createHealth({
    checks: {
      database: databaseCheck(database),
      keys: keyStoreCheck(readKeyStore),
      signer: signerCheck(signer),
    },
    log,
    clock,
  });
  const metrics = createMetrics("desk");
  registerKeyStore(metrics, readKeyStore);
  const sealClient = createSealClient({ baseUrl: config.SEAL_URL, fetch });
  const desk = createDeskService({
    version: "0.1.0",
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    isSandbox: config.DESK_SANDBOX,
    issuer: config.SSO_ISSUER,
    signOn: createSignOnClient({
      ...{ signer, clock, fetch, randomBytes },
      issuer: config.SSO_ISSUER,
      clientId: config.CLIENT_ID,
      keyId: publicJwkOfSpki(signer.publicKey).kid,
      callbackAddress: `${config.BASE_URL}/callback`,
      afterLogoutAddress: `${config.BASE_URL}/`,
    }),
    seals: sealClient,
    verifier: sealClient,
    ...{ database, clock, log, health, metrics, randomBytes },
  });
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
      await keyStore.close();
      await database.destroy();
    },
  });
}, explainKeyStoreError);
