import { isSameKey, noteKeyOf, withWitnessSuccessors } from "@yinxin/crypto/tlog";
import type { LogPolicy, PolicyParty } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import { readWitnessSuccessions } from "../witness/witness-successions.ts";
import type { AuditTables } from "./audit-tables.ts";
import { beliefOf } from "./believed-checkpoints.ts";
import { readHead } from "./checkpoint-rows.ts";

/** A log whose database and folder can be read. */
export interface ReadableLog<Schema> {
  readonly db: Kysely<Schema>;
  readonly folder: string;
  /** The log's name, without an epoch. */
  readonly origin: string;
}

/**
 * The policy with every key added that follows from those it has: of logs by what they say of themselves, of witnesses by the
 * notes that the logs keep. Nothing is believed that an earlier key does not vouch for, and no key is taken away.
 */
export async function renewLogPolicy<Schema>(
  policy: LogPolicy,
  readable: readonly ReadableLog<Schema>[],
): Promise<LogPolicy> {
  const logs: PolicyParty[] = [...policy.logs];
  const notes: string[] = [];
  for (const { folder, origin, ...log } of readable) {
    const db = log.db as unknown as Kysely<AuditTables>;
    const epoch = (await readHead(db))?.epoch ?? 1;
    const place = { db, folder, origin, epoch };
    for (const { publicKey, kind } of (await beliefOf(place, policy)).keys) {
      const key = noteKeyOf(origin, publicKey, kind);
      if (!logs.some((known) => isSameKey(known.key, key))) logs.push({ key });
    }
    notes.push(...(await readWitnessSuccessions(db)));
  }
  return withWitnessSuccessors({ ...policy, logs }, notes);
}
