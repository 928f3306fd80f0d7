import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

import { parseTrustList } from "@yinxin/crypto/x509";
import { explainKeyStoreError, openOrGenerateKey } from "@yinxin/hsm-adapters/key-store";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createSuiteAuthenticator, createSuiteTokens } from "@yinxin/service-kit/auth";
import type { TokenClient } from "@yinxin/service-kit/auth";
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
import { createLedgerApp } from "./app.ts";
import { createSealClient } from "./clients/seal-client.ts";
import { ledgerEnvironment } from "./config.ts";
import type { LedgerConfig } from "./config.ts";
import { openDocumentFont } from "./domain/document-font.ts";
import { publishCheckpoint } from "./operations/publish-checkpoint.ts";
import { createLedgerStore } from "./store/ledger-store.ts";
import type { LedgerSchema } from "./store/ledger-schema.ts";

await runMain(async () => {
  const config = readConfig(ledgerEnvironment, process.env);
  const clock = systemClock;
  const log = createLog({ service: "ledger", level: config.LOG_LEVEL });
  const font = openDocumentFont(await readFile(config.LEDGER_FONT_FILE));
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
  const checkpointSigner = await openOrGenerateKey(keyStore, "file:ledger.checkpoint", "Ed25519");
  const db = await openDatabase<LedgerSchema>({ url: config.DATABASE_URL, schema: "ledger", log });
  await migrateToLatest(db, migrations);
  const store = createLedgerStore(db);
  const publishing = { store, checkpointSigner, origin: config.LEDGER_ORIGIN, clock };
  // Whatever the last run committed and did not sign is signed now; an empty log gets its first checkpoint.
  await publishCheckpoint(publishing);

  const tokens = await openTokenClient(keyStore, config);
  const health = createHealth({
    checks: {
      database: databaseCheck(db),
      keys: keyStoreCheck(readKeyStore),
      "checkpoint-signer": signerCheck(checkpointSigner),
    },
    log,
    clock,
  });
  const metrics = createMetrics("ledger");
  registerKeyStore(metrics, readKeyStore);
  const app = createLedgerApp({
    ...publishing,
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: createSuiteAuthenticator({ issuer: config.SSO_ISSUER, clock, fetch }),
    seals: createSealClient({ baseUrl: config.SEAL_URL, tokens, fetch }),
    trust,
    font,
    randomBytes,
    health,
    metrics,
    log,
  });
  await runService({
    name: "ledger",
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

/** This service as a client; its key was registered with the sign-on service, so it is never made here. */
async function openTokenClient(keyStore: KeyStore, config: LedgerConfig): Promise<TokenClient> {
  const signer = await keyStore.signer("file:client");
  return createSuiteTokens({
    issuer: config.SSO_ISSUER,
    clientId: config.CLIENT_ID,
    signer,
    scope: "seal:read seal:apply seal:apply-any",
    clock: systemClock,
    fetch,
    randomBytes,
  });
}
