import type { LogPolicy } from "@yinxin/crypto/tlog";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { verifyAuditLog } from "@yinxin/service-kit/audit";
import type { AuditReport, KeyCount, WitnessedState } from "@yinxin/service-kit/audit";
import { openDatabase } from "@yinxin/service-kit/database";
import { judgeContinuations } from "@yinxin/service-kit/governance";
import { judgeStates } from "@yinxin/service-kit/key-rings";

import type { Terminal } from "../terminal/index.ts";

/** Where one service's log is. */
export interface LogPlaces {
  readonly service: string;
  /** Whether the service is really called so, or only here. */
  readonly isNamed: boolean;
  readonly database: string;
  readonly schema: string;
  readonly folder: string;
  readonly origin: string;
  readonly trust: GovernanceTrust;
  /** Services that may have cosigned it, and remember what they saw. */
  readonly witnesses?: readonly WitnessPlace[];
}

/** A database in which a witness remembers what it cosigned. */
export interface WitnessPlace {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
}

export interface VerifiedLog {
  readonly service: string;
  readonly report: AuditReport;
  readonly milliseconds: number;
}

/** As far as it is read here. */
interface CounterTables {
  key_versions: { purpose: string; version: number; signatures: number | string };
}

interface WitnessTables {
  witnessed_logs: { origin: string; size: number | string | null; root: Uint8Array | null };
}

/** Proves one service's log from its files. @throws DatabaseError */
export async function verifyServiceLog(
  { service, database, schema, folder, origin, trust, isNamed, witnesses = [] }: LogPlaces,
  keys: LogPolicy,
  { now }: Pick<Terminal, "now">,
): Promise<VerifiedLog> {
  const begun = now().getTime();
  // Before the log itself, which may go on meanwhile: what was cosigned by now must be in it.
  const witnessStates = (await Promise.all(witnesses.map(readWitness))).flat();
  const db = await openDatabase<CounterTables>({ url: database, schema });
  try {
    const readCounters = async (): Promise<readonly KeyCount[]> => {
      const rows = await db.selectFrom("key_versions").select(["purpose", "version", "signatures"]).execute();
      return rows
        .map((row) => ({ ...row, signatures: Number(row.signatures) }))
        .filter(({ purpose }) => !isLogKey(purpose));
    };
    const before = await readCounters();
    const report = await verifyAuditLog({
      db,
      folder,
      origin,
      keys,
      witnessStates,
      isApproved: judgeContinuations({ db, trust, clock: { now }, ...(isNamed && { service }) }),
      keyCounters: async () => unmoved(before, await readCounters()),
      keyStates: await judgeStates(db),
    });
    return { service, report, milliseconds: now().getTime() - begun };
  } finally {
    await db.destroy();
  }
}

/** An event for each signature over the log would make another signature over the log. */
function isLogKey(purpose: string): boolean {
  return /\.(audit|witness)$/.test(purpose);
}

async function readWitness({ name, database, schema }: WitnessPlace): Promise<readonly WitnessedState[]> {
  const db = await openDatabase<WitnessTables>({ url: database, schema });
  try {
    const rows = await db.selectFrom("witnessed_logs").select(["origin", "size", "root"]).execute();
    return rows.flatMap(({ origin, size, root }) =>
      size === null || root === null ? [] : [{ witness: name, origin, size: Number(size), root }],
    );
  } finally {
    await db.destroy();
  }
}

/** A service may run meanwhile: a key that signed between the two readings proves nothing either way. */
function unmoved(before: readonly KeyCount[], after: readonly KeyCount[]): readonly KeyCount[] {
  const known = new Map(
    before.map((count) => [`${count.purpose}/${String(count.version)}`, count.signatures]),
  );
  return after.filter(
    ({ purpose, version, signatures }) => known.get(`${purpose}/${String(version)}`) === signatures,
  );
}
