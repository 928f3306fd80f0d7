import type { LogPolicy } from "@yinxin/crypto/tlog";
import { verifyAuditLog } from "@yinxin/service-kit/audit";
import type { AuditReport, KeyCount } from "@yinxin/service-kit/audit";
import { openDatabase } from "@yinxin/service-kit/database";

import type { Terminal } from "../terminal/index.ts";

/** Where one service's log is. */
export interface LogPlaces {
  readonly service: string;
  readonly database: string;
  readonly schema: string;
  readonly folder: string;
  readonly origin: string;
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

/** Proves one service's log from its files. @throws DatabaseError */
export async function verifyServiceLog(
  { service, database, schema, folder, origin }: LogPlaces,
  keys: LogPolicy,
  { now }: Pick<Terminal, "now">,
): Promise<VerifiedLog> {
  const begun = now().getTime();
  const db = await openDatabase<CounterTables>({ url: database, schema });
  try {
    const readCounters = async (): Promise<readonly KeyCount[]> => {
      const rows = await db.selectFrom("key_versions").select(["purpose", "version", "signatures"]).execute();
      return rows.map((row) => ({ ...row, signatures: Number(row.signatures) }));
    };
    const before = await readCounters();
    const report = await verifyAuditLog({
      db,
      folder,
      origin,
      keys,
      keyCounters: async () => unmoved(before, await readCounters()),
    });
    return { service, report, milliseconds: now().getTime() - begun };
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
