import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

import { parseTrustList } from "@yinxin/crypto/x509";
import { explainKeyStoreError, ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createSuiteAuthenticator, createSuiteTokens } from "@yinxin/service-kit/auth";
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
import { createKnownAuthorities } from "@yinxin/service-kit/known-authorities";
import { runMain, runService } from "@yinxin/service-kit/lifecycle";
import { createLog } from "@yinxin/service-kit/log";

import { migrations } from "../migrations/index.ts";
import { logKeyPlan } from "../plans/log-key-plan.ts";
import { createLedgerApp } from "./app.ts";
import { createSealClient } from "./clients/seal-client.ts";
import { ledgerEnvironment } from "./config.ts";
import { checkpointRingDeclaration } from "./domain/checkpoint-ring.ts";
import { openDocumentFont } from "./domain/document-font.ts";
import { ledgerEvents } from "./domain/ledger-events.ts";
import { logKeyHooks } from "./operations/log-key-hooks.ts";
import { newestCheckpoint } from "./operations/publish-checkpoint.ts";
import { affectedLeaves } from "./store/affected-leaves.ts";
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
  const db = await openDatabase<LedgerSchema>({ url: config.DATABASE_URL, schema: "ledger", log });
  await migrateToLatest(db, migrations);
  const metrics = createMetrics("ledger");
  registerKeyStore(metrics, readKeyStore);
  const governance = await openGovernance({
    ...{ service: "ledger", db, catalogue: ledgerEvents, keys: ringKeysOf(keyStore) },
    ...{ config, clock, randomBytes, log, fetch, metrics },
  });
  const { trail, rings } = governance;
  await rings.ensure(clientRing("ledger"));
  await rings.ensure(checkpointRingDeclaration);
  const store = createLedgerStore({ db, trail, rings });
  const publishing = { store, rings, origin: config.LEDGER_ORIGIN, clock };
  // Whatever the last run committed and did not sign is signed now; an empty log gets its first checkpoint.
  await newestCheckpoint(publishing);

  const clientKeys = { db, rings, trail: trail.kit, clock, service: "ledger" };
  const ofSso = { issuer: config.SSO_ISSUER, clientId: config.CLIENT_ID, fetch, randomBytes };
  const tokens = createSuiteTokens({
    ...ofSso,
    signer: openClientKey(clientKeys),
    scope: "seal:read seal:apply seal:apply-any",
    clock,
  });
  const administration = governance.administer({
    hooks: { ...logKeyHooks(publishing), ...clientKeyHooks({ ...clientKeys, ...ofSso }) },
    definitions: [logKeyPlan],
    affected: affectedLeaves(db),
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
  const app = createLedgerApp({
    ...publishing,
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: administration.authenticator(suite),
    administration,
    seals: createSealClient({ baseUrl: config.SEAL_URL, tokens, fetch }),
    authorities: createKnownAuthorities({ trust, pkiUrl: config.PKI_URL, fetch, clock, log }),
    ...{ font, randomBytes, health, metrics, log },
  });
  await administration.start();
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
      await administration.stop();
      await keyStore.close();
      await db.destroy();
    },
  });
}, explainKeyStoreError);
