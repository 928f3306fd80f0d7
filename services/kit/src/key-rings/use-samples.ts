import type { Kysely } from "kysely";

import type { KeyRingTables } from "./key-ring-tables.ts";
import { readVersions } from "./key-version-rows.ts";

/**
 * How often keys sign, without costing a signature anything: once an hour the counters are copied, and the differences between
 * the copies are the rates.
 */

const hourMilliseconds = 60 * 60 * 1000;
/** As many hours as a week has: nights and week-ends are part of what is usual. */
const usualHours = 7 * 24;
/** SQLite takes 32,766 parameters in a statement; every seal has a ring. */
const rowsAtOnce = 1000;
/** Copies older than this say nothing about what is usual now. */
const keptHours = 2 * usualHours;

/** How often a ring signed. */
export interface SignRate {
  readonly purpose: string;
  /** Signatures of the hour that runs or of the one before it, whichever has more. */
  readonly lastHour: number;
  /** Of the hours of the seven days before those, the one with the most. */
  readonly busiestHour: number;
}

/** Copies the counters of what signs; several processes may do it, and the first of the hour counts. */
export async function sampleUse(db: Kysely<KeyRingTables>, at: Date): Promise<void> {
  const hour = hourOf(at);
  const versions = await readVersions(db, { states: ["active", "suspended", "retiring"] });
  const rows = versions.map(({ purpose, version, signatures }) => ({ purpose, version, hour, signatures }));
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    await db
      .insertInto("key_use_samples")
      .values(rows.slice(from, from + rowsAtOnce))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const oldest = hourOf(new Date(at.getTime() - keptHours * hourMilliseconds));
  await db.deleteFrom("key_use_samples").where("hour", "<", oldest).execute();
}

/** The rates of what is active. A ring without two copies of its counter yet is left out: nothing is usual there. */
export async function readSignRates(db: Kysely<KeyRingTables>, at: Date): Promise<readonly SignRate[]> {
  const versions = await readVersions(db, { states: ["active"] });
  const samples = await readSamples(db, hourOf(new Date(at.getTime() - usualHours * hourMilliseconds)));
  return versions.flatMap(({ purpose, version, signatures }) => {
    const counters = [...(samples.get(`${purpose}/${String(version)}`) ?? []), signatures];
    const hours = counters.slice(1).map((count, index) => count - (counters[index] ?? 0));
    if (hours.length < 2) return [];
    return [
      { purpose, lastHour: Math.max(...hours.slice(-2)), busiestHour: Math.max(0, ...hours.slice(0, -2)) },
    ];
  });
}

/** Counters at the first copy since a moment, by `purpose/version`; what has none was not used before. */
export async function readCountersAt(
  db: Kysely<KeyRingTables>,
  since: Date,
): Promise<ReadonlyMap<string, number>> {
  const samples = await readSamples(db, hourOf(since));
  return new Map([...samples].map(([name, counts]) => [name, counts[0] ?? 0]));
}

/** Oldest first. */
async function readSamples(
  db: Kysely<KeyRingTables>,
  since: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await db
    .selectFrom("key_use_samples")
    .select(["purpose", "version", "signatures"])
    .where("hour", ">=", since)
    .orderBy("hour")
    .execute();
  const samples = new Map<string, number[]>();
  for (const { purpose, version, signatures } of rows) {
    const name = `${purpose}/${String(version)}`;
    samples.set(name, [...(samples.get(name) ?? []), Number(signatures)]);
  }
  return samples;
}

/** `2026-11-22T08`: sorts as time does. */
function hourOf(at: Date): string {
  return at.toISOString().slice(0, "2026-11-22T08".length);
}
