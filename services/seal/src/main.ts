import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

import { parseTrustList } from "@yinxin/crypto/x509";
import {
  explainKeyStoreError,
  createKey,
  openOrGenerateKey,
  parseKeyUri,
} from "@yinxin/hsm-adapters/key-store";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { createServiceClient, createSuiteAuthenticator, createSuiteTokens } from "@yinxin/service-kit/auth";
import { systemClock } from "@yinxin/service-kit/clock";
import { readConfig } from "@yinxin/service-kit/config";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createCertificateAuthorityClient } from "@yinxin/service-kit/enrolment";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";
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
import { createSealApp } from "./app.ts";
import { sealEnvironment } from "./config.ts";
import type { SealConfig } from "./config.ts";
import { checkFaceText, drawSealFace, openFaceFont } from "./face/index.ts";
import { makerKeyUri } from "./operations/open-maker.ts";
import type { SealKeys } from "./operations/seal-keys.ts";
import type { SealSchema } from "./store/seal-schema.ts";
import { createSealStore } from "./store/seal-store.ts";

await runMain(async () => {
  const config = readConfig(sealEnvironment, process.env);
  const clock = systemClock;
  const log = createLog({ service: "seal", level: config.LOG_LEVEL });
  const font = openFaceFont(await readFile(config.SEAL_FONT_FILE), config.SEAL_FONT_NAME);
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
  const db = await openDatabase<SealSchema>({ url: config.DATABASE_URL, schema: "seal", log });
  await migrateToLatest(db, migrations);

  const keys = sealKeysIn(keyStore);
  const health = createHealth({
    checks: {
      database: databaseCheck(db),
      keys: keyStoreCheck(readKeyStore),
      signer: signerCheck(await keys.openOrCreate(makerKeyUri)),
    },
    log,
    clock,
  });
  const metrics = createMetrics("seal");
  registerKeyStore(metrics, readKeyStore);
  const app = createSealApp({
    baseUrl: config.BASE_URL,
    allowedHosts: config.ALLOWED_HOSTS,
    authenticator: createSuiteAuthenticator({ issuer: config.SSO_ISSUER, clock, fetch }),
    store: createSealStore(db),
    keys,
    authority: await openAuthority(keyStore, config),
    face: {
      check: (text) => {
        checkFaceText(font, text);
      },
      draw: (text, sizeMm) => drawSealFace(font, text, sizeMm),
    },
    makerName: [
      { type: "C", value: "CN" },
      { type: "O", value: config.SEAL_MAKER_ORGANIZATION },
      { type: "CN", value: "统一电子印章制作系统" },
    ],
    trust: { trust: anchors, intermediates },
    clock,
    randomBytes,
    log,
    health,
    metrics,
  });
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
      await keyStore.close();
      await db.destroy();
    },
  });
}, explainKeyStoreError);

/** Keys of seals sign SM2 only, as GB/T 38540 asks. */
function sealKeysIn(keyStore: KeyStore): SealKeys {
  return {
    open: (uri) => keyStore.signer(parseKeyUri(uri)),
    create: (uri) => createKey(keyStore, parseKeyUri(uri), "SM2"),
    openOrCreate: (uri) => openOrGenerateKey(keyStore, parseKeyUri(uri), "SM2"),
  };
}

/** The certificate service, called with this service's own token; the key was registered with the sign-on service. */
async function openAuthority(keyStore: KeyStore, config: SealConfig): Promise<CertificateAuthority> {
  const signer = await keyStore.signer("file:client");
  const tokens = createSuiteTokens({
    issuer: config.SSO_ISSUER,
    clientId: config.CLIENT_ID,
    signer,
    scope: "certificate:issue",
    clock: systemClock,
    fetch,
    randomBytes,
  });
  return createCertificateAuthorityClient(createServiceClient({ baseUrl: config.PKI_URL, tokens, fetch }));
}
