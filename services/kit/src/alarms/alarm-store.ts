import { sql } from "kysely";
import type { Kysely, Selectable, Transaction } from "kysely";

import type { Alarm, AlarmKind, AlarmSeverity } from "./alarm.ts";
import type { AlarmTables } from "./alarm-tables.ts";

/** A claim is longer than any delivery takes. */
const claimMilliseconds = 120_000;
/** Together in one message. */
const deliveredAtOnce = 200;

/** Adds an alarm with what is to be delivered; false if the finding has one that is open. */
export async function addAlarm(
  tx: Transaction<AlarmTables>,
  alarm: Alarm,
  channels: readonly string[],
): Promise<boolean> {
  const added = await tx
    .insertInto("alarms")
    .values({
      id: alarm.id,
      kind: alarm.kind,
      finding_key: alarm.key,
      severity: alarm.severity,
      subject: alarm.subject,
      detail_zh: alarm.detail.zh,
      detail_en: alarm.detail.en,
      raised_at: alarm.raisedAt.toISOString(),
      cleared_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows !== 1n) return false;
  for (const channel of channels) {
    await tx
      .insertInto("alarm_deliveries")
      .values({ alarm_id: alarm.id, channel, claimed_until: null, attempts: 0, delivered_at: null })
      .execute();
  }
  return true;
}

export async function clearAlarm(db: Kysely<AlarmTables>, id: string, at: Date): Promise<void> {
  await db
    .updateTable("alarms")
    .set({ cleared_at: at.toISOString() })
    .where("id", "=", id)
    .where("cleared_at", "is", null)
    .execute();
}

/** Open ones first, the newest of each first. */
export async function listAlarms(
  db: Kysely<AlarmTables>,
  query: { readonly isOpen?: boolean; readonly limit: number },
): Promise<readonly Alarm[]> {
  const rows = await db
    .selectFrom("alarms")
    .selectAll()
    .$if(query.isOpen === true, (open) => open.where("cleared_at", "is", null))
    .orderBy("raised_at", "desc")
    .orderBy("id")
    .limit(query.limit)
    .execute();
  const alarms = rows.map(alarmOf);
  return [
    ...alarms.filter(({ clearedAt }) => clearedAt === undefined),
    ...alarms.filter(({ clearedAt }) => clearedAt !== undefined),
  ];
}

/** All that are open: what is no longer so has to be found among them. */
export async function readOpenAlarms(db: Kysely<AlarmTables>): Promise<readonly Alarm[]> {
  const rows = await db.selectFrom("alarms").selectAll().where("cleared_at", "is", null).execute();
  return rows.map(alarmOf);
}

/** Alarms that a channel has not delivered, claimed for this process; what is critical first, so that nothing hides it. */
export async function claimDeliveries(
  db: Kysely<AlarmTables>,
  channel: string,
  accepts: (alarm: Alarm) => boolean,
  at: Date,
): Promise<readonly Alarm[]> {
  const now = at.toISOString();
  const rows = await db
    .selectFrom("alarms")
    .innerJoin("alarm_deliveries", "alarm_deliveries.alarm_id", "alarms.id")
    .selectAll("alarms")
    .where("channel", "=", channel)
    .where("delivered_at", "is", null)
    .where((where) => where.or([where("claimed_until", "is", null), where("claimed_until", "<", now)]))
    .orderBy(sql`case severity when 'critical' then 0 when 'warning' then 1 else 2 end`)
    .orderBy("raised_at")
    .limit(deliveredAtOnce)
    .execute();
  const claimed: Alarm[] = [];
  for (const alarm of rows.map(alarmOf).filter(accepts)) {
    const { numUpdatedRows } = await db
      .updateTable("alarm_deliveries")
      .set((set) => ({
        claimed_until: new Date(at.getTime() + claimMilliseconds).toISOString(),
        attempts: set("attempts", "+", 1),
      }))
      .where("alarm_id", "=", alarm.id)
      .where("channel", "=", channel)
      .where("delivered_at", "is", null)
      .where((where) => where.or([where("claimed_until", "is", null), where("claimed_until", "<", now)]))
      .executeTakeFirst();
    if (numUpdatedRows === 1n) claimed.push(alarm);
  }
  return claimed;
}

/** How many deliveries each channel owes. */
export async function countWaiting(db: Kysely<AlarmTables>): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom("alarm_deliveries")
    .select(({ fn }) => ["channel", fn.countAll<number | string>().as("count")])
    .where("delivered_at", "is", null)
    .groupBy("channel")
    .execute();
  return new Map(rows.map(({ channel, count }) => [channel, Number(count)]));
}

/** Ends a claim: delivered, or, without a time, to be tried again at the next look. */
export async function settleDeliveries(
  db: Kysely<AlarmTables>,
  channel: string,
  ids: readonly string[],
  deliveredAt: Date | undefined,
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable("alarm_deliveries")
    .set({ claimed_until: null, ...(deliveredAt && { delivered_at: deliveredAt.toISOString() }) })
    .where("channel", "=", channel)
    .where("alarm_id", "in", ids)
    .execute();
}

function alarmOf(row: Selectable<AlarmTables["alarms"]>): Alarm {
  return {
    id: row.id as Alarm["id"],
    kind: row.kind as AlarmKind,
    key: row.finding_key,
    severity: row.severity as AlarmSeverity,
    subject: row.subject,
    detail: { zh: row.detail_zh, en: row.detail_en },
    raisedAt: new Date(row.raised_at),
    ...(row.cleared_at !== null && { clearedAt: new Date(row.cleared_at) }),
  };
}
