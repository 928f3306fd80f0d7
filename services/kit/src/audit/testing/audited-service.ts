import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { noteKeyOf } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";
import { onTestFinished } from "vitest";
import { z } from "zod";

import { fixedClock } from "../../clock/index.ts";
import type { FixedClock } from "../../clock/index.ts";
import { transact } from "../../database/index.ts";
import { silentLog } from "../../testing/silent-log.ts";
import type { WitnessClient } from "../../witness/index.ts";
import type { AuditTables } from "../audit-tables.ts";
import {
  auditLogMigrations,
  auditMigration,
  createAuditLog,
  createAuditTrail,
  defineAuditCatalogue,
} from "../index.ts";
import { witnessSuccessionMigration } from "../../witness/index.ts";
import type { AuditAlarm, AuditLog, AuditLogOptions, AuditTrail, KeyUse } from "../index.ts";

export const auditMigrations = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0015-witness-successions": witnessSuccessionMigration,
};

export const testEvents = defineAuditCatalogue({
  "thing.changed": {
    title: { zh: "东西已更改", en: "Thing changed" },
    detail: z.strictObject({ number: z.int() }),
  },
});

export const testOrigin = "yinxin.example/audit/test";
export const startedAt = new Date("2026-11-22T02:00:00Z");

/** A key for Ed25519, which stock tools read. */
export function newSigner(): Signer {
  return createSoftwareSigner(generateKey("Ed25519").pkcs8);
}

/** An empty folder; it goes when the test is over. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-test-audit-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface AuditedService {
  readonly db: Kysely<AuditTables>;
  readonly folder: string;
  readonly signer: Signer;
  readonly clock: FixedClock;
  readonly alarms: AuditAlarm[];
  readonly trail: AuditTrail<typeof testEvents>;
  /** As a process that starts now opens it. */
  readonly open: (options?: Partial<AuditLogOptions<AuditTables>>) => AuditLog;
  /** Appends so many events, each about a thing of its own. */
  readonly append: (count: number, key?: KeyUse) => Promise<void>;
}

/** A service with nothing but an audit log. */
export function auditedService(
  db: Kysely<AuditTables>,
  folder: string,
  { signer = newSigner(), witnesses = [] as readonly WitnessClient[] } = {},
): AuditedService {
  const clock = fixedClock(startedAt);
  const alarms: AuditAlarm[] = [];
  const trail = createAuditTrail(db, testEvents, { recordKeyUse: () => Promise.resolve() });
  let number = 0;
  return {
    db,
    folder,
    signer,
    clock,
    alarms,
    trail,
    open: (options) =>
      createAuditLog<AuditTables>({
        db,
        origin: testOrigin,
        folder,
        openKeys: () => Promise.resolve([{ signer }]),
        witnesses,
        clock,
        log: silentLog,
        randomBytes,
        onAlarm: (alarm) => alarms.push(alarm),
        ...options,
      }),
    append: async (count, key) => {
      await transact(db, async (tx) => {
        for (let added = 0; added < count; added += 1) {
          number += 1;
          clock.advance(1);
          await trail.in(tx).append({
            action: "thing.changed",
            actor: `person_${String(number % 7)}`,
            subject: `thing_${String(number)}`,
            occurredAt: clock.now(),
            detail: { number },
            ...(key !== undefined && { key }),
          });
        }
      });
    },
  };
}

/** The key that a verifier pins. */
export function logKeyOf(signer: Signer) {
  return noteKeyOf(testOrigin, signer.publicKey);
}
