import { randomBytes, scryptSync } from "node:crypto";
import { readFile, stat } from "node:fs/promises";

import { derOfPem } from "@yinxin/crypto/bytes";
import { explainKeyStoreError, ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { systemClock } from "@yinxin/service-kit/clock";
import { readConfig } from "@yinxin/service-kit/config";
import { migrateToLatest, openDatabase, transact } from "@yinxin/service-kit/database";
import { openGovernance } from "@yinxin/service-kit/governance";
import {
  createHealth,
  createMetrics,
  databaseCheck,
  keyStoreCheck,
  registerKeyStore,
} from "@yinxin/service-kit/health";
import { runMain, runService, StartError } from "@yinxin/service-kit/lifecycle";
import { createLog } from "@yinxin/service-kit/log";
import type { Transaction } from "kysely";

import { migrations } from "../migrations/index.ts";
import { createSsoService } from "./app.ts";
import { ssoEnvironment } from "./config.ts";
import { ManifestError } from "./domain/manifest.ts";
import type { Manifest } from "./domain/manifest.ts";
import { manifestBytesMax, openManifest } from "./domain/signed-manifest.ts";
import { openPasswords } from "./passwords/index.ts";
import { ssoEvents } from "./domain/events.ts";
import { tokenRing } from "./domain/token-ring.ts";
import { clientKeyOperations } from "./operations/client-key-operations.ts";
import { tokenKeyHooks } from "./operations/token-key-hooks.ts";
import { affectedTokens, createClientKeyStore } from "./store/index.ts";
import type { SsoSchema } from "./store/index.ts";

const sweepMilliseconds = 10 * 60_000;

await runMain(async () => {
  const config = readConfig(ssoEnvironment, process.env);
  const log = createLog({ service: "sso", level: config.LOG_LEVEL });
  const manifest = await readManifest(config.SSO_BOOTSTRAP_FILE, config.SSO_BOOTSTRAP_KEY_FILE);
  const cookieSecret = cookieSecretFrom(await readFile(config.KEY_STORE_PASSPHRASE_FILE));
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
  const database = await openDatabase<SsoSchema>({ url: config.DATABASE_URL, schema: "sso", log });
  await migrateToLatest(database, migrations);

  const clock = systemClock;
  const metrics = createMetrics("sso");
  registerKeyStore(metrics, readKeyStore);
  const governance = await openGovernance({
    ...{ service: "sso", db: database, catalogue: ssoEvents, keys: ringKeysOf(keyStore) },
    ...{ config, clock, randomBytes, log, fetch, metrics },
  });
  // Its first version is made, or taken over, at the first start: everybody who checks tokens learns it from `/jwks`.
  const jwksMaxAgeSeconds = config.SSO_JWKS_MAX_AGE_SECONDS;
  const clientCacheSeconds = config.SSO_CLIENT_CACHE_SECONDS;
  await governance.rings.ensure(tokenRing({ jwksMaxAgeSeconds, clientCacheSeconds }));
  const administration = governance.administer({
    hooks: tokenKeyHooks({ clock, jwksMaxAgeSeconds }),
    affected: affectedTokens({ db: database, clock }),
    operations: clientKeyOperations({
      clientKeys: createClientKeyStore(),
      audit: governance.trail,
      transact: (change) => transact(database, change),
      tables: (tx): Transaction<SsoSchema> => tx,
    }),
  });
  const checks = {
    database: databaseCheck(database),
    keys: keyStoreCheck(readKeyStore),
    ...administration.checks,
  };
  const health = createHealth({ checks, log, clock });
  const passwords = await openPasswords(randomBytes);
  const service = createSsoService({
    version: "0.1.0",
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    isSandbox: config.SSO_SANDBOX,
    ...{ governance, administration, jwksMaxAgeSeconds, database, cookieSecret, passwords },
    ...{ clock, log, health, metrics, randomBytes },
  });
  await service.importBootstrap(manifest);
  await administration.start();
  const sweeping = setInterval(() => {
    service.sweepExpired().catch((cause: unknown) => {
      log.error({ err: cause }, "expired records were not removed");
    });
  }, sweepMilliseconds);
  await runService({
    name: "sso",
    host: config.HOST,
    port: config.PORT,
    metricsPort: config.METRICS_PORT,
    ...{ app: service.app, health, metrics, log },
    isSupervised: config.YINXIN_SUPERVISED,
    onStop: async () => {
      clearInterval(sweeping);
      await administration.stop();
      await keyStore.close();
      await database.destroy();
    },
  });
}, explainKeyStoreError);

/** @throws StartError if the files are not there, or the manifest is not the bootstrap key's: sso starts with no other. */
async function readManifest(file: string, keyFile: string): Promise<Manifest> {
  try {
    if ((await stat(file)).size > manifestBytesMax) throw new StartError("SSO_BOOTSTRAP_FILE is too large");
    const [publicKey] = derOfPem(await readFile(keyFile, "utf8"), "PUBLIC KEY");
    if (publicKey === undefined) throw new StartError("SSO_BOOTSTRAP_KEY_FILE holds no PEM public key");
    return openManifest(await readFile(file, "utf8"), publicKey);
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (cause instanceof ManifestError || isMissing) throw new StartError("sso cannot start", { cause });
    throw cause;
  }
}

/** Sessions outlive a restart, and no further secret has to be kept: the key store's passphrase gives one. */
function cookieSecretFrom(passphrase: Uint8Array): Uint8Array {
  const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
  return new Uint8Array(scryptSync(passphrase, "yinxin sso cookies, version 1", 32, cost));
}
