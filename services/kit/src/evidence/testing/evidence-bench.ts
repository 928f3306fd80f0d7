import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bytesOfBase64, base64Of } from "@yinxin/crypto/bytes";
import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import type { Kysely, Transaction } from "kysely";
import { z } from "zod";

import { signStatement } from "../../approvals/index.ts";
import type { GovernanceTrust, OfficerIdentity } from "../../approvals/index.ts";
import { auditMigration, defineAuditCatalogue } from "../../audit/index.ts";
import type { KeyUse } from "../../audit/index.ts";
import { fixedClock } from "../../clock/index.ts";
import type { FixedClock } from "../../clock/index.ts";
import { transact } from "../../database/index.ts";
import { governanceMigrations, openGovernance } from "../../governance/index.ts";
import type { Administration, Governance } from "../../governance/index.ts";
import type { RingDeclaration, RingKeys } from "../../key-rings/index.ts";
import { createTestOfficers, memoryRingKeys, silentLog as log } from "../../testing/index.ts";
import type { RequestFields, TestOfficers } from "../../testing/index.ts";
import { evidencePartSchema, packEvidence } from "../index.ts";
import type { EvidenceFacts, EvidenceQuery } from "../index.ts";

export const evidenceMigrations = { "0000-audit": auditMigration, ...governanceMigrations };

const testEvents = defineAuditCatalogue({
  "thing.signed": {
    title: { zh: "东西已签名", en: "Thing signed" },
    detail: z.strictObject({ number: z.int() }),
  },
});

export const purpose = "test.token";
const ring: RingDeclaration = {
  purpose,
  title: { zh: "测试令牌", en: "Test tokens" },
  algorithm: "ES256",
  cryptoPeriodDays: 20,
  propagationSeconds: 60,
  overlapSeconds: 600,
  plan: "token-key",
};

/** What an auditor has before the package is signed. */
export interface Collected {
  readonly facts: EvidenceFacts;
  readonly files: Map<string, Uint8Array>;
}

/** What benches of several services have in common, and what a witness needs. */
export interface EvidenceBenchOptions {
  readonly service?: string;
  readonly clock?: FixedClock;
  readonly officers?: TestOfficers;
  readonly keys?: RingKeys;
  /** Contents of the files `AUDIT_WITNESSES_FILE` and `AUDIT_WITNESSED_LOGS_FILE`. */
  readonly witnesses?: unknown;
  readonly witnessed?: unknown;
}

/** A service with officers, a key that signs, and an auditor. */
export interface EvidenceBench {
  readonly service: string;
  readonly auditFolder: string;
  readonly clock: FixedClock;
  readonly officers: TestOfficers;
  readonly trust: GovernanceTrust;
  readonly governance: Governance<typeof testEvents>;
  readonly administration: Administration;
  /** The key signs so many things, each an event. */
  readonly sign: (count: number) => Promise<void>;
  /** So many events at once, without a key. */
  readonly append: (count: number) => Promise<void>;
  /** Moves every plan on until none runs. */
  readonly finishPlans: () => Promise<void>;
  /** Proposed by wang-lei, approved by the others named, and done. @returns the change's id. */
  readonly change: (fields: RequestFields, approvers?: readonly string[]) => Promise<string>;
  /** A route of the service, as an officer calls it. */
  readonly call: (method: string, path: string, officer: string, input: CallInput) => Promise<unknown>;
  readonly collect: (query: EvidenceQuery) => Promise<Collected>;
  readonly pack: (collected: Collected, by?: OfficerIdentity) => Promise<Uint8Array>;
  readonly stop: () => Promise<void>;
}

interface CallInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** The name of a service's log. */
export function evidenceOrigin(service = "test"): string {
  return `test.example/audit/${service}`;
}

export async function openEvidenceBench<Schema>(
  db: Kysely<Schema>,
  options: EvidenceBenchOptions = {},
): Promise<EvidenceBench> {
  const {
    service = "test",
    clock = fixedClock("2026-11-22T08:00:00.000Z"),
    keys = memoryRingKeys(),
  } = options;
  const folder = mkdtempSync(join(tmpdir(), "yinxin-evidence-"));
  const auditFolder = join(folder, "audit");
  const officers = options.officers ?? (await createTestOfficers(clock));
  const origin = evidenceOrigin(service);
  const audit = await keys.create("audit", "Ed25519");
  const vkey = encodeNoteKey(noteKeyOf(origin, audit.signer.publicKey));
  const trust = { ...officers.trust, logs: `log ${vkey}\nquorum none\n` };
  const write = (name: string, json: unknown): string | undefined => {
    if (json === undefined) return undefined;
    writeFileSync(join(folder, name), JSON.stringify(json));
    return join(folder, name);
  };
  const governance = await openGovernance({
    ...{ service, db, catalogue: testEvents, keys, clock, randomBytes, log, fetch: globalThis.fetch },
    config: {
      GOVERNANCE_TRUST_FILE: write("trust.json", trust),
      OFFICER_POLICY_FILE: write("policy.json", officers.chain),
      AUDIT_FOLDER: auditFolder,
      AUDIT_ORIGIN: origin,
      AUDIT_WITNESSES_FILE: write("witnesses.json", options.witnesses),
      AUDIT_WITNESSED_LOGS_FILE: write("witnessed.json", options.witnessed),
      PLAN_FILES: [],
      ALARMS_FILE: undefined,
    },
  });
  await governance.rings.ensure(ring);
  const administration = governance.administer({});
  await administration.start();
  const call = callerOf(administration);
  const bench: Omit<EvidenceBench, "change" | "collect" | "pack"> = {
    ...{ service, auditFolder, clock, officers, trust, governance, administration, call },
    ...eventsOf(db, governance, clock),
    finishPlans: () => finishPlans(administration, clock),
    stop: async () => {
      await administration.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return {
    ...bench,
    change: (fields, approvers = ["li-qiang"]) => changeBy(bench, fields, approvers),
    collect: (query) => collect(bench, query),
    pack: ({ facts, files }, by = officers.identity(facts.made_by)) =>
      packEvidence(facts, files, (manifest) => signStatement(by, manifest, new Date(facts.made_at))),
  };
}

function eventsOf<Schema>(
  db: Kysely<Schema>,
  { trail, rings }: Governance<typeof testEvents>,
  clock: FixedClock,
): Pick<EvidenceBench, "append" | "sign"> {
  let number = 0;
  const appendOne = async (tx: Transaction<Schema>, key?: KeyUse): Promise<void> => {
    number += 1;
    await trail.in(tx).append({
      ...{ action: "thing.signed", actor: "system_demo", subject: `thing_${String(number)}` },
      ...{ occurredAt: clock.now(), detail: { number } },
      ...(key !== undefined && { key }),
    });
  };
  return {
    append: (count) =>
      transact(db, async (tx) => {
        for (let done = 0; done < count; done += 1) await appendOne(tx);
      }),
    sign: async (count) => {
      for (let done = 0; done < count; done += 1) {
        clock.advance(1000);
        const use = { purpose, version: (await rings.open(purpose)).use.version };
        await transact(db, (tx) => appendOne(tx, use));
      }
    },
  };
}

async function finishPlans({ rotations }: Administration, clock: FixedClock): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await rotations.advance();
    const running = (await rotations.list({})).find(({ state }) => state === "running");
    if (running === undefined) return;
    if (running.problem !== undefined) throw new Error(JSON.stringify(running.problem));
    clock.advance(Math.max((running.nextAt?.getTime() ?? 0) - clock.now().getTime(), 1000));
  }
  throw new Error("a plan does not end");
}

function callerOf({ routes }: Administration): EvidenceBench["call"] {
  return async (method, path, officer, { params, query, body }) => {
    const route = routes.find((each) => each.method === method && each.path === path);
    if (route === undefined) throw new Error(`no route ${path}`);
    return await route.handle({
      params,
      query: route.query === undefined ? {} : route.query.parse(query ?? {}),
      body: route.body?.parse(body),
      caller: { subject: officer, clientId: "officer", permissions: new Set<string>(), isOfficer: true },
      ...{ requestId: "req_test", language: "en" },
    });
  };
}

type Parts = Pick<EvidenceBench, "service" | "clock" | "officers" | "call" | "trust">;

async function changeBy(
  { service, clock, officers, call }: Parts,
  fields: RequestFields,
  approvers: readonly string[],
): Promise<string> {
  const { request, signature, value } = await officers.propose({ service, ...fields });
  await call("post", "/v1/changes", value.proposer, {
    body: { request: base64Of(request), signature: base64Of(signature) },
  });
  const params = { changeId: value.id };
  for (const approver of approvers) {
    clock.advance(1000);
    const decided = await officers.decide(request, approver);
    const body = { statement: base64Of(decided.statement), signature: base64Of(decided.signature) };
    await call("post", "/v1/changes/:changeId/approvals", approver, { params, body });
  }
  await call("post", "/v1/changes/:changeId/execution", value.proposer, { params, body: {} });
  return value.id;
}

async function collect(
  { service, clock, officers, call, trust }: Parts,
  query: EvidenceQuery,
): Promise<Collected> {
  const files = new Map<string, Uint8Array>();
  let events = 0;
  let first: z.output<typeof evidencePartSchema> | undefined;
  let part: { number: number; checkpoint_size: number; after: number } | undefined;
  for (;;) {
    const answer = await call("post", "/v1/evidence-exports", "sun-li", { body: { ...query, part } });
    const read = evidencePartSchema.parse(answer);
    first ??= read;
    events += read.events;
    for (const { name, content } of read.files)
      files.set(`services/${service}/${name}`, bytesOfBase64(content));
    if (read.next === undefined) break;
    part = { number: (part?.number ?? 1) + 1, checkpoint_size: read.checkpoint_size, after: read.next };
  }
  files.set("officer-policies.json", new TextEncoder().encode(JSON.stringify(officers.chain)));
  const { complete, complete_uses, checkpoint_size } = first;
  return {
    files,
    facts: {
      deployment: trust.deployment,
      made_by: "sun-li",
      made_at: clock.now().toISOString(),
      query,
      services: [
        {
          ...{ name: service, origin: first.origin, checkpoint_size, events },
          ...(complete && { complete }),
          ...(complete_uses && { complete_uses }),
        },
      ],
    },
  };
}

/** The package of what several services gave. */
export function togetherOf(collected: readonly Collected[]): Collected {
  const [first] = collected;
  if (first === undefined) throw new RangeError("nothing was collected");
  return {
    facts: { ...first.facts, services: collected.flatMap(({ facts }) => facts.services) },
    files: new Map(collected.flatMap(({ files }) => [...files])),
  };
}
