import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { bundleServices } from "./bundle-services.ts";
import { keyStoreConfigFile } from "./devices.ts";
import { serviceNames } from "./layout.ts";
import type { Layout, ServiceName } from "./layout.ts";
import { auditOriginOf, governanceFiles } from "./officers.ts";
import { demoFiles } from "./prepare.ts";
import { fetchTrustList } from "./suite-client.ts";
import { startService } from "./supervisor.ts";
import type { RunningService } from "./supervisor.ts";

const repository = join(import.meta.dirname, "../..");

/** The processes of one demo. */
export interface Suite {
  /**
   * Starts every service in its own process: first the certificate authority, whose roots the others are told to trust,
   * then the rest together.
   *
   * @throws Error if one does not become ready.
   */
  start(): Promise<void>;
  /** Resolves with a sentence when a service ends that nobody stopped. */
  readonly lost: Promise<string>;
  /** Ends what was started, also in the middle of starting. */
  stop(): Promise<void>;
}

export function createSuite(layout: Layout): Suite {
  const running: RunningService[] = [];
  let programs: ReadonlyMap<string, string> = new Map();
  let isStopping = false;
  let tellLost: (how: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    tellLost = resolve;
  });

  async function startOne(name: ServiceName): Promise<void> {
    const program = programs.get(name);
    if (program === undefined) throw new Error(`there is no program for ${name}`);
    const service = await startService(program, layout[name], environmentOf(name, layout));
    running.push(service);
    if (isStopping) await service.stop();
    void service.ended.then((how) => {
      if (!isStopping) tellLost(`${name} ${how}`);
    });
  }

  return {
    lost,
    start: async () => {
      programs = await bundleServices();
      await startOne("pki");
      writeFileSync(demoFiles(layout.data).trust, await fetchTrustList(layout));
      const others = serviceNames.filter((name) => name !== "pki");
      const outcomes = await Promise.allSettled(others.map(startOne));
      const failure = outcomes.find((outcome) => outcome.status === "rejected");
      if (failure !== undefined) throw failure.reason;
    },
    stop: async () => {
      isStopping = true;
      await Promise.all(running.map((service) => service.stop()));
    },
  };
}

/**
 * What whoever starts the demo may set for its services, in the environment: how long copies of the token keys live, where
 * alarms go, plans of their own.
 */
const settings = ["SSO_JWKS_MAX_AGE_SECONDS", "SSO_CLIENT_CACHE_SECONDS", "ALARMS_FILE", "PLAN_FILES"];

function settingsOfStarter(): Record<string, string> {
  return Object.fromEntries(
    settings.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function environmentOf(name: ServiceName, layout: Layout): Record<string, string> {
  const files = demoFiles(layout.data);
  const place = layout[name];
  return {
    PORT: String(place.port),
    METRICS_PORT: String(place.metricsPort),
    BASE_URL: place.url,
    DATABASE_URL: `sqlite:${join(place.folder, "db.sqlite")}`,
    KEY_STORE_FOLDER: join(place.folder, "keys"),
    KEY_STORE_PASSPHRASE_FILE: files.passphrase,
    ...deviceEnvironment(layout.data, name),
    SSO_ISSUER: layout.sso.url,
    CLIENT_ID: name,
    TRUST_FILE: files.trust,
    PKI_URL: layout.pki.url,
    SEAL_URL: layout.seal.url,
    SIGNING_URL: layout.signing.url,
    LEDGER_URL: layout.ledger.url,
    DESK_URL: layout.desk.url,
    ...governanceEnvironmentOf(name, layout.data),
    ...ownEnvironment(name, files),
    ...settingsOfStarter(),
  };
}

function governanceEnvironmentOf(name: ServiceName, data: string): Record<string, string> {
  const files = governanceFiles(data);
  return {
    GOVERNANCE_TRUST_FILE: files.trust,
    OFFICER_POLICY_FILE: files.policy,
    AUDIT_FOLDER: files.audit(name),
    AUDIT_ORIGIN: auditOriginOf(name),
    AUDIT_WITNESSES_FILE: files.witnesses(name),
    AUDIT_WITNESSED_LOGS_FILE: files.witnessedLogs(name),
  };
}

function deviceEnvironment(data: string, name: ServiceName): Record<string, string> {
  const file = keyStoreConfigFile(data, name);
  return existsSync(file) ? { KEY_STORE_CONFIG_FILE: file } : {};
}

function ownEnvironment(name: ServiceName, files: ReturnType<typeof demoFiles>): Record<string, string> {
  const font = join(repository, "fixtures/fonts/yinxin-test-song.otf");
  const own: Record<ServiceName, Record<string, string>> = {
    desk: { DESK_SANDBOX: "1" },
    sso: { SSO_BOOTSTRAP_FILE: files.manifest, SSO_BOOTSTRAP_KEY_FILE: files.bootstrapKey, SSO_SANDBOX: "1" },
    signing: {},
    seal: { SEAL_FONT_FILE: font },
    ledger: { LEDGER_FONT_FILE: font },
    pki: { PKI_TEST_AUTHORITY: "1" },
  };
  return own[name];
}
