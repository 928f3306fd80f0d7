import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { AuditTrail } from "@yinxin/service-kit/audit";
import type { FixedClock } from "@yinxin/service-kit/clock";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import { fixedAuthorities } from "@yinxin/service-kit/known-authorities";
import {
  createTestGovernance,
  createTestTokens,
  fixedClock,
  silentLog,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { TestGovernance, TestTokenRequest, TestTokens } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";

import { migrations } from "../migrations/index.ts";
import { createLedgerApp } from "../src/app.ts";
import { createSealClient } from "../src/clients/seal-client.ts";
import { checkpointRingDeclaration } from "../src/domain/checkpoint-ring.ts";
import { openDocumentFont } from "../src/domain/document-font.ts";
import { ledgerEvents } from "../src/domain/ledger-events.ts";
import type { IssueLicenseDeps } from "../src/operations/issue-license.ts";
import { publishCheckpoint } from "../src/operations/publish-checkpoint.ts";
import { createLedgerStore } from "../src/store/ledger-store.ts";
import type { LedgerSchema } from "../src/store/ledger-schema.ts";
import { sealIdOf, startSealService } from "./seal-service-for-tests.ts";
import type { SealServiceForTests, Unit } from "./seal-service-for-tests.ts";

export const now = "2026-11-22T08:00:00.000Z";
export const origin = "ledger.test/log";

export const approval: Unit = {
  id: "org_approval",
  name: "云岭市行政审批局（测试）",
  code: "11330100MB0000001R",
};
export const market: Unit = {
  id: "org_market",
  name: "云岭市市场监督管理局（测试）",
  code: "11330100MB0000002W",
};

export const font = openDocumentFont(
  new Uint8Array(readFileSync(new URL("../../../fixtures/fonts/yinxin-test-song.otf", import.meta.url))),
);

/** A ledger on loopback with its database, and a seal service that it calls. */
export interface LedgerForTests {
  readonly url: string;
  readonly db: Kysely<LedgerSchema>;
  readonly tokens: TestTokens;
  readonly seals: SealServiceForTests;
  readonly deps: IssueLicenseDeps;
  readonly clock: FixedClock;
  readonly governance: TestGovernance<typeof ledgerEvents>;
  /** How many rows there are in each table that a refused request must leave alone. */
  rows(): Promise<Record<string, number>>;
  verifyAudit(): Promise<unknown>;
  call(method: "GET" | "POST", path: string, options?: CallOptions): Promise<Response>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly token?: TestTokenRequest | "none";
  readonly body?: unknown;
}

export async function startLedger(): Promise<LedgerForTests> {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-ledger-"));
  const clock = fixedClock(now);
  const tokens = createTestTokens(clock);
  const seals = await startSealService({
    units: [approval, market],
    authenticator: tokens.authenticator,
    clock,
  });
  const db = await openDatabase<LedgerSchema>({
    url: `sqlite:${join(folder, "db.sqlite")}`,
    schema: "ledger",
  });
  await migrateToLatest(db, migrations);
  const sealPermissions = ["seal:read", "seal:apply", "seal:apply-any"];
  // A test may move the clock by days while a request is on its way.
  const own = { subject: "ledger", permissions: sealPermissions, lifetimeSeconds: 30 * 86_400 };
  const ownTokens = { accessToken: () => tokens.token(own) };
  const governance = createTestGovernance({
    ...{ service: "ledger", db, catalogue: ledgerEvents, clock },
  });
  const { trail, rings, administration } = governance;
  await rings.ensure(checkpointRingDeclaration);
  const deps: IssueLicenseDeps = {
    store: createLedgerStore({ db, trail, rings }),
    rings,
    origin,
    clock,
    seals: createSealClient({ baseUrl: seals.url, tokens: ownTokens, fetch }),
    authorities: fixedAuthorities(seals.trust),
    font,
    randomBytes,
  };
  await publishCheckpoint(deps);
  const service = await startTestService({
    at: (baseUrl) =>
      createLedgerApp({
        ...deps,
        administration,
        baseUrl,
        allowedHosts: [],
        authenticator: tokens.authenticator,
        health: createHealth({ checks: {}, log: silentLog, clock }),
        log: silentLog,
      }),
  });
  return {
    url: service.url,
    db,
    tokens,
    seals,
    deps,
    ...{ clock, governance },
    rows: () => countRows(db, trail),
    verifyAudit: () => trail.verify(),
    call: (method, path, options) => call(service.url, tokens, { method, path, ...options }),
    close: async () => {
      await service.close();
      await seals.close();
      await db.destroy();
      await rm(folder, { recursive: true });
    },
  };
}

const countedTables = ["licenses", "log_leaves", "log_hashes", "checkpoints"] as const;

async function countRows(
  db: Kysely<LedgerSchema>,
  trail: AuditTrail<typeof ledgerEvents>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of countedTables) {
    const { rows } = await db
      .selectFrom(table)
      .select((select) => select.fn.countAll<number>().as("rows"))
      .executeTakeFirstOrThrow();
    counts[table] = rows;
  }
  counts["audit_events"] = (await trail.verify()).events;
  return counts;
}

/** A system that may do everything here, unless the test says who calls. */
const anySystem: TestTokenRequest = { subject: "seed", permissions: ["license:issue", "license:read"] };

/** A good request, with a number that was not used before. */
export function licenseRequest(number: string): Record<string, unknown> {
  return {
    seal_id: sealIdOf(approval),
    name: "设立批复证书（测试）",
    type_code: `${approval.code}001`,
    number,
    holder: { name: "云岭市便民服务中心（测试）", code: "12330100MB0000003W", code_type: "001" },
    issuing_authority: { name: approval.name, code: approval.code },
    issued_on: "2026-11-21",
    valid_from: "2026-11-21",
  };
}

async function call(
  url: string,
  tokens: TestTokens,
  { method, path, body, token = anySystem }: CallOptions & { method: string; path: string },
): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: {
      "accept-language": "en",
      ...(token !== "none" && { authorization: await tokens.bearer(token) }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}
