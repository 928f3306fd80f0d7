import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base64Of, pemOfDer } from "@yinxin/crypto/bytes";
import { createCertificateRequest } from "@yinxin/crypto/issuing";
import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import { fileKeyUri, openOrGenerateKey } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { canonicalBytes, defaultRules, documentDigest } from "@yinxin/service-kit/approvals";
import type { Officer, OfficerPolicy } from "@yinxin/service-kit/approvals";
import { auditMigration } from "@yinxin/service-kit/audit";
import type { AuditCatalogue } from "@yinxin/service-kit/audit";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { governanceMigrations, openGovernance } from "@yinxin/service-kit/governance";
import type { Administration, Governance } from "@yinxin/service-kit/governance";
import { createHealth } from "@yinxin/service-kit/health";
import type { RingDeclaration } from "@yinxin/service-kit/key-rings";
import { createServiceApp } from "@yinxin/service-kit/routes";
import {
  createTestCertificateAuthority,
  createTestTokens,
  fixedClock,
  memoryRingKeys,
  silentLog as log,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { Clock, FixedClock } from "@yinxin/service-kit/clock";

import { testPrograms } from "../../../hsm-adapters/testing/programs.ts";
import type { Command } from "../src/command.ts";
import { findCommand } from "../src/commands.ts";
import { CommandFailure, readGlobalOptions, sayFailure } from "../src/terminal/index.ts";
import { createTestTerminal } from "./test-terminal.ts";
import type { TestTerminalOptions } from "./test-terminal.ts";

const people = [
  ["wang-lei", "王蕾", "system-administrator", "ES256"],
  ["li-qiang", "李强", "security-officer", "SM2"],
  ["chen-xiao", "陈晓", "security-officer", "ES256"],
  ["zhao-ping", "赵平", "auditor", "ES256"],
] as const;

/** Them, as a deployment file names them beside the folder that {@link makeOfficers} filled. */
export const benchOfficers = Object.fromEntries(
  people.map(([id, name, role]) => [
    id,
    { name, role, label: id, store: "file:officers?pin-source=file:passphrase" },
  ]),
);

const ring: RingDeclaration = {
  purpose: "test.token",
  title: { zh: "测试令牌", en: "Test tokens" },
  algorithm: "ES256",
  cryptoPeriodDays: 20,
  propagationSeconds: 60,
  overlapSeconds: 600,
  plan: "token-key",
};

/** What the bench itself asks of its database: nothing. */
interface BenchTables {
  readonly audit_head: { readonly id: number };
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly questions: readonly string[];
}

/** A deployment of one real service with officers, and the command line in this process. */
export interface OfficerBench {
  readonly folder: string;
  readonly clock: FixedClock;
  readonly governance: Pick<Governance<AuditCatalogue>, "rings" | "auditLog">;
  readonly administration: Administration;
  readonly database: string;
  yinxin(words: readonly string[], options?: TestTerminalOptions): Promise<Said>;
  close(): Promise<void>;
}

const service = "test";
const origin = `bench.example/audit/${service}`;

/** Everything in a folder of its own; nobody else's clock moves it. */
export async function openOfficerBench(): Promise<OfficerBench> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-officers-"));
  const clock = fixedClock("2026-11-21T02:00:00.000Z");
  const at = (name: string): string => join(folder, name);
  const { driverHostProgram, verifierProgram, probeProgram } = testPrograms();
  const genesis = await makeOfficers(folder, clock);
  const keys = memoryRingKeys();
  const audit = await keys.create("audit", "Ed25519");
  const vkey = encodeNoteKey(noteKeyOf(origin, audit.signer.publicKey));
  writeFileSync(at("trust.json"), JSON.stringify({ ...genesis.trust, logs: `log ${vkey}\nquorum none\n` }));
  writeFileSync(at("policy.json"), JSON.stringify({ genesis: base64Of(genesis.bytes), changes: [] }));

  const database = `sqlite:${at("db.sqlite")}`;
  const db = await openDatabase<BenchTables>({ url: database, schema: service });
  await migrateToLatest(db, { "0000-audit": auditMigration, ...governanceMigrations });
  const governance = await openGovernance({
    ...{ service, db, catalogue: {}, keys, clock, randomBytes, log, fetch: globalThis.fetch },
    config: {
      GOVERNANCE_TRUST_FILE: at("trust.json"),
      OFFICER_POLICY_FILE: at("policy.json"),
      AUDIT_FOLDER: at("audit"),
      AUDIT_ORIGIN: origin,
      AUDIT_WITNESSES_FILE: undefined,
      AUDIT_WITNESSED_LOGS_FILE: undefined,
      PLAN_FILES: [],
      ALARMS_FILE: undefined,
    },
  });
  await governance.rings.ensure(ring);
  const administration = governance.administer({});
  await administration.start();
  const running = await startTestService({
    at: (baseUrl) =>
      createServiceApp({
        ...{ name: service, version: "0.1.0", baseUrl, log, randomBytes },
        routes: administration.routes,
        problems: administration.problems,
        authenticator: administration.authenticator(createTestTokens(clock).authenticator),
        allowedHosts: [],
        recordRead: administration.recordRead,
        health: createHealth({ checks: administration.checks, log, clock }),
      }),
  });
  writeFileSync(
    at("deployment.json"),
    JSON.stringify({
      name: genesis.trust.deployment,
      sandbox: true,
      trust: "trust.json",
      services: { [service]: { url: running.url, database: "sqlite:db.sqlite", audit_folder: "audit" } },
      officers: benchOfficers,
    }),
  );
  const environment = {
    YINXIN_DEPLOYMENT: at("deployment.json"),
    YINXIN_DRIVER_HOST: driverHostProgram,
    YINXIN_VERIFIER: verifierProgram,
    YINXIN_PROBE: probeProgram,
    XDG_CACHE_HOME: at("cache"),
  };
  return {
    ...{ folder, clock, governance, administration, database },
    yinxin: async (words, options = {}) => {
      const terminal = createTestTerminal({
        now: () => clock.now(),
        ...options,
        environment: { ...environment, ...options.environment },
      });
      const { args } = readGlobalOptions(words);
      const found = findCommand(args);
      if (found === undefined) throw new Error(`no such command: ${words.join(" ")}`);
      const command = await found.entry.load();
      const code = await ended(command, found.rest, terminal);
      return { code, stdout: terminal.printed(), stderr: terminal.said(), questions: terminal.questions };
    },
    close: async () => {
      await running.close();
      await administration.stop();
      await db.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As `main.ts` ends a command. */
async function ended(
  command: Command,
  args: readonly string[],
  terminal: ReturnType<typeof createTestTerminal>,
): Promise<number> {
  try {
    return await command.run(args, terminal);
  } catch (cause) {
    if (cause instanceof CommandFailure) return sayFailure(cause, terminal, args.includes("--json"));
    throw cause;
  }
}

/** Officers' keys in a folder, and the first policy; besides them a successor and a sealed key that are not in it yet. */
export async function makeOfficers(folder: string, clock: Clock) {
  const authority = await createTestCertificateAuthority(clock);
  mkdirSync(join(folder, "officers"), { mode: 0o700 });
  const passphraseFile = join(folder, "passphrase");
  writeFileSync(passphraseFile, "correct horse battery staple", { mode: 0o400 });
  const store = await openKeyStore({ folder: join(folder, "officers"), passphraseFile, randomBytes });
  try {
    const intermediates = new Set<string>();
    const enrol = async (id: string, algorithm: "ES256" | "SM2"): Promise<string> => {
      const signer = await openOrGenerateKey(store, fileKeyUri(id), algorithm);
      const request = await createCertificateRequest({ subject: [{ type: "CN", value: id }], signer });
      const { certificate, chain } = await authority.issue("signer", request);
      for (const der of chain) intermediates.add(base64Of(der));
      await store.certificates?.write(fileKeyUri(id), certificate);
      return base64Of(certificate);
    };
    const officers: Officer[] = [];
    for (const [id, name, role, algorithm] of people) {
      const certificate = await enrol(id, algorithm);
      officers.push({ id, person: `psn_${id}`, name, unit: "行政审批局（测试）", role, certificate });
    }
    const breakGlass = await enrol("break-glass", "ES256");
    // Who is no officer yet.
    const successor = Buffer.from(await enrol("zhou-hang", "ES256"), "base64");
    writeFileSync(join(folder, "zhou-hang.pem"), pemOfDer(successor, "CERTIFICATE"));
    // And an emergency key that is not in the policy yet.
    const sealed = Buffer.from(await enrol("sealed", "ES256"), "base64");
    writeFileSync(join(folder, "sealed.pem"), pemOfDer(sealed, "CERTIFICATE"));
    const policy: OfficerPolicy = {
      type: "yinxin-officer-policy",
      version: 1,
      deployment: "bench",
      officers,
      rules: defaultRules(),
      intermediates: [...intermediates],
      break_glass: { certificate: breakGlass, review_within_hours: 24 },
    };
    const bytes = canonicalBytes(policy);
    return {
      bytes,
      trust: {
        deployment: "bench",
        policy_genesis: documentDigest(bytes),
        officer_roots: authority.roots.map(({ raw }) => pemOfDer(raw, "CERTIFICATE")),
      },
    };
  } finally {
    await store.close();
  }
}
