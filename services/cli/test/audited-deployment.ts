import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { base64Of } from "@yinxin/crypto/bytes";
import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import { auditMigration, defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { systemClock as clock } from "@yinxin/service-kit/clock";
import { migrateToLatest, openDatabase, transact } from "@yinxin/service-kit/database";
import type { DatabaseLocation } from "@yinxin/service-kit/database";
import { governanceMigrations, openGovernance } from "@yinxin/service-kit/governance";
import type { Administration, Governance } from "@yinxin/service-kit/governance";
import { createHealth } from "@yinxin/service-kit/health";
import type { RingDeclaration } from "@yinxin/service-kit/key-rings";
import { createServiceApp } from "@yinxin/service-kit/routes";
import {
  createTestTokens,
  memoryRingKeys,
  silentLog as log,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { MemoryRingKeys } from "@yinxin/service-kit/testing";
import { z } from "zod";

import { benchOfficers, makeOfficers } from "./officer-bench.ts";
import { yinxinCommand } from "./run-yinxin.ts";
import type { Ended } from "./run-yinxin.ts";

/** `seal` has the log that tests are about; `ledger` cosigns it. */
export type AuditedServiceName = "seal" | "ledger";
export const auditedServices: readonly AuditedServiceName[] = ["seal", "ledger"];

export const auditOriginOf = (service: AuditedServiceName): string => `bench.example/audit/${service}`;
const witnessName = "bench.example/witness/ledger";
/** The discard port. */
const nobodyListens = "http://localhost:9";

/** A ring whose plans are over within seconds. */
const tokenRing: RingDeclaration = {
  purpose: "test.token",
  title: { zh: "测试令牌", en: "Test tokens" },
  algorithm: "ES256",
  cryptoPeriodDays: 20,
  propagationSeconds: 1,
  overlapSeconds: 1,
  plan: "token-key",
};

const catalogue = defineAuditCatalogue({
  "thing.changed": {
    title: { zh: "东西已更改", en: "Thing changed" },
    detail: z.strictObject({ number: z.int() }),
  },
});

/** Where a service has its database and its log. */
export interface ServicePlace extends DatabaseLocation {
  readonly auditFolder: string;
}

export interface RunningService {
  readonly url: string;
  readonly governance: Governance<typeof catalogue>;
  readonly administration: Administration;
  /** So many events about things of their own: thing_0, thing_1 … */
  append(count: number): Promise<void>;
  /** As a service that is told to stop: the last events get their checkpoint, where one can be signed. */
  stop(): Promise<void>;
}

/** Two services with officers, and the command line as a process beside them. */
export interface AuditedDeployment {
  readonly folder: string;
  readonly placeOf: (service: AuditedServiceName) => ServicePlace;
  /** Starts a service on its own data, or on other data under the same keys. */
  start(service: AuditedServiceName, place?: ServicePlace): Promise<RunningService>;
  /** Runs the command line, told where the deployment is. */
  yinxin(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>;
  /** `deployment.json`: what runs, and whatever else a test adds. */
  writeDeployment(more?: Readonly<Record<string, object>>): void;
  close(): Promise<void>;
}

/** @param databases the URL of an empty PostgreSQL database, where each service gets a schema; SQLite files if absent. */
export async function openAuditedDeployment(databases?: string): Promise<AuditedDeployment> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-audited-"));
  const at = (name: string): string => join(folder, name);
  const keys = { seal: memoryRingKeys(), ledger: memoryRingKeys() };
  await writeTrust(folder, keys);
  const running = new Map<AuditedServiceName, RunningService>();
  const placeOf = (service: AuditedServiceName): ServicePlace => ({
    url: databases ?? `sqlite:${at(`${service}.sqlite`)}`,
    schema: service,
    auditFolder: at(`audit-${service}`),
  });
  const environment = { YINXIN_DEPLOYMENT: at("deployment.json"), XDG_CACHE_HOME: at("cache") };
  const writeDeployment = (more: Readonly<Record<string, object>> = {}): void => {
    const own = auditedServices.map((service) => {
      const { url, auditFolder } = placeOf(service);
      const address = running.get(service)?.url ?? nobodyListens;
      const log = { audit_folder: auditFolder, audit_origin: auditOriginOf(service) };
      return [service, { url: address, database: url, ...log }] as const;
    });
    writeJson(at("deployment.json"), {
      name: "bench",
      sandbox: true,
      trust: "trust.json",
      services: { ...Object.fromEntries(own), ...more },
      officers: benchOfficers,
    });
  };
  const start = async (service: AuditedServiceName, place = placeOf(service)): Promise<RunningService> => {
    const files = await witnessFiles(folder, keys, running.get("ledger")?.url);
    const parts = { folder, service, place, keys: keys[service], files: files[service] };
    const started = await startService(parts);
    const stopped = {
      ...started,
      stop: async () => {
        running.delete(service);
        await started.stop();
      },
    };
    running.set(service, stopped);
    writeDeployment();
    return stopped;
  };
  return {
    folder,
    placeOf,
    start,
    writeDeployment,
    yinxin: (words, more = {}) => endOf(words, { ...environment, ...more }),
    close: async () => {
      for (const service of [...running.values()]) await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** While services in this process answer, so not `spawnSync`. */
async function endOf(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const command = yinxinCommand(words, environment);
  const child = spawn(command.program, command.args, {
    env: command.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    }),
  ]);
  return { code, stdout, stderr };
}

type KeysOfServices = Readonly<Record<AuditedServiceName, MemoryRingKeys>>;

/** What is believed: the officers' root and first policy, the first key of each log, and the witness. */
async function writeTrust(folder: string, keys: KeysOfServices): Promise<void> {
  const { bytes, trust } = await makeOfficers(folder, clock);
  const logs = await Promise.all(auditedServices.map((service) => logKeyOf(service, keys)));
  const policy = [
    ...logs.map((vkey) => `log ${vkey}`),
    `witness ledger ${await witnessKeyOf(keys)} ${nobodyListens}`,
    "quorum none",
    "",
  ];
  writeJson(join(folder, "trust.json"), { ...trust, logs: policy.join("\n") });
  writeJson(join(folder, "policy.json"), { genesis: base64Of(bytes), changes: [] });
}

async function logKeyOf(service: AuditedServiceName, keys: KeysOfServices): Promise<string> {
  const { signer } = await keys[service].create("audit", "Ed25519");
  return encodeNoteKey(noteKeyOf(auditOriginOf(service), signer.publicKey));
}

async function witnessKeyOf({ ledger }: KeysOfServices): Promise<string> {
  const { signer } = await ledger.create("witness", "Ed25519");
  return encodeNoteKey(noteKeyOf(witnessName, signer.publicKey, "cosignature-ed25519"));
}

/** Files that a service's environment names: who cosigns its log, or whose log it cosigns. */
async function witnessFiles(folder: string, keys: KeysOfServices, ledger: string | undefined) {
  const [witnesses, witnessed] = [join(folder, "witnesses.json"), join(folder, "witnessed.json")];
  writeJson(witnesses, {
    witnesses: [{ url: ledger ?? nobodyListens, vkey: await witnessKeyOf(keys) }],
  });
  writeJson(witnessed, {
    name: witnessName,
    logs: [{ origin: auditOriginOf("seal"), vkeys: [await logKeyOf("seal", keys)] }],
  });
  return {
    seal: { AUDIT_WITNESSES_FILE: witnesses, AUDIT_WITNESSED_LOGS_FILE: undefined },
    ledger: { AUDIT_WITNESSES_FILE: undefined, AUDIT_WITNESSED_LOGS_FILE: witnessed },
  };
}

interface ToStart {
  readonly folder: string;
  readonly service: AuditedServiceName;
  readonly place: ServicePlace;
  readonly keys: MemoryRingKeys;
  readonly files: Awaited<ReturnType<typeof witnessFiles>>[AuditedServiceName];
}

/** What the bench itself asks of a database: nothing. */
interface BenchTables {
  readonly audit_head: { readonly id: number };
}

async function startService({ folder, service, place, keys, files }: ToStart): Promise<RunningService> {
  const db = await openDatabase<BenchTables>(place);
  await migrateToLatest(db, { "0000-audit": auditMigration, ...governanceMigrations });
  const governance = await openGovernance({
    ...{ service, db, catalogue, keys, clock, randomBytes, log, fetch: globalThis.fetch },
    config: {
      GOVERNANCE_TRUST_FILE: join(folder, "trust.json"),
      OFFICER_POLICY_FILE: join(folder, "policy.json"),
      AUDIT_FOLDER: place.auditFolder,
      AUDIT_ORIGIN: auditOriginOf(service),
      PLAN_FILES: [],
      ALARMS_FILE: undefined,
      ...files,
    },
  });
  if (service === "seal") await governance.rings.ensure(tokenRing);
  const administration = governance.administer({});
  await administration.start();
  const listening = await startTestService({
    at: (baseUrl) =>
      createServiceApp({
        ...{ name: service, version: "0.1.0", baseUrl, log, randomBytes },
        routes: administration.routes,
        problems: administration.problems,
        authenticator: administration.authenticator(createTestTokens(clock).authenticator),
        allowedHosts: [],
        recordRead: administration.recordRead,
        health: createHealth({ checks: administration.checks, log, clock }),
        mount: administration.mount,
      }),
  });
  let number = 0;
  return {
    ...{ url: listening.url, governance, administration },
    append: (count) =>
      transact(db, async (tx) => {
        for (const end = number + count; number < end; number += 1)
          await governance.trail.in(tx).append({
            ...{ action: "thing.changed", actor: "clerk_1", occurredAt: clock.now() },
            ...{ subject: `thing_${String(number)}`, detail: { number } },
          });
      }),
    stop: async () => {
      await listening.close();
      await administration.stop();
      await db.destroy();
    },
  };
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value));
}
