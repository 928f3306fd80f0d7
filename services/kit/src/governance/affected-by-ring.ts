import type { Expression, Kysely, SelectQueryBuilder } from "kysely";
import { sql } from "kysely";

import { findEvents } from "../audit/index.ts";
import type { FreezeScope, StoppedThing } from "../key-rings/index.ts";
import type { Affected } from "../rotations/index.ts";

/** A preview answers at once: more than this many rows are not counted, and nobody decides otherwise for one more. */
export const countedRowsMax = 1_000_000;
/** Of a ring's latest uses, so that the busiest ring's preview answers at once too. */
const usesLookedAtMax = 100_000;
const callerDays = 30;
const dayMilliseconds = 86_400_000;

/** How many rows the query has, up to {@link countedRowsMax}. */
export async function countRows<Schema, Table extends keyof Schema>(
  db: Kysely<Schema>,
  query: SelectQueryBuilder<Schema, Table, object>,
): Promise<number> {
  const rows: Expression<unknown> = query.limit(countedRowsMax);
  const { rows: counted } = await sql<{
    count: number | string;
  }>`select count(*) as count from (${rows}) as counted`.execute(db);
  return Number(counted[0]?.count ?? 0);
}

/** Whoever had something signed with the ring's keys in the last thirty days, by the audit log: units, or who acts for itself. */
export async function callersOfRing<Schema>(
  db: Kysely<Schema>,
  purpose: string,
  now: Date,
): Promise<Affected> {
  const since = new Date(now.getTime() - callerDays * dayMilliseconds).toISOString();
  const uses = await findEvents(db, {
    columns: ["actor", "on_behalf_of"],
    where: (events) =>
      events
        .where("key_purpose", "=", purpose)
        .where("occurred_at", ">=", since)
        .where("actor", "not like", "service:%")
        .where("actor", "not like", "officer:%"),
    order: "descending",
    limit: usesLookedAtMax,
  });
  return {
    what: { zh: `近 ${String(callerDays)} 天的调用方`, en: `Callers in the last ${String(callerDays)} days` },
    count: new Set(uses.map(({ actor, on_behalf_of: onBehalfOf }) => onBehalfOf ?? actor)).size,
  };
}

/** The same numbers for the preview of a stop: of the one ring that the scope names, or of nothing. */
export function stoppedBy(
  affected: (purpose: string) => Promise<readonly Affected[]>,
): (scope: FreezeScope) => Promise<readonly StoppedThing[]> {
  return async (scope) => {
    const [, purpose] = /^key:(.+)$/.exec(scope) ?? [];
    if (purpose === undefined) return [];
    const things = await affected(purpose);
    return things.map(({ what, count }) => {
      return { name: what.en.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_"), what, count };
    });
  };
}
