import type { Kysely, Transaction } from "kysely";

import { isUniqueViolation } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import { lockRing } from "./add-version.ts";
import type { KeyRingRefusalCode } from "./key-ring-problems.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { Freeze, FreezeScope, KeyMoveFacts } from "./ring-facts.ts";
import { approvalDetail, checkPersons } from "./move-key.ts";
import type { MoveDeps } from "./move-key.ts";

/** Stopping needs one person, going on needs two. */
const personsToFreeze = 1;
const personsToThaw = 2;

/** @see KeyRingsInTransaction.freeze */
export async function freezeScope(deps: MoveDeps, scope: FreezeScope, facts: KeyMoveFacts): Promise<void> {
  checkPersons(personsToFreeze, facts, scope);
  const purpose = purposeOf(scope);
  // A purpose that is mistyped would freeze nothing, and say that it did.
  if (purpose !== undefined) await lockRing(deps.tx, purpose);
  try {
    await deps.tx
      .insertInto("freezes")
      .values({
        scope,
        since: facts.at.toISOString(),
        reason: facts.reason,
        change_id: facts.changeId ?? null,
      })
      .execute();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw refuse<KeyRingRefusalCode>("scope-already-frozen", scope, { cause });
  }
  await markVersions(deps.tx, scope, true);
  await append(deps, "scope.frozen", scope, facts);
}

/** @see KeyRingsInTransaction.thaw */
export async function thawScope(deps: MoveDeps, scope: FreezeScope, facts: KeyMoveFacts): Promise<void> {
  checkPersons(personsToThaw, facts, scope);
  const result = await deps.tx
    .updateTable("freezes")
    .set({ thawed_at: facts.at.toISOString() })
    .where("scope", "=", scope)
    .where("thawed_at", "is", null)
    .executeTakeFirst();
  if (result.numUpdatedRows !== 1n) throw refuse<KeyRingRefusalCode>("scope-not-frozen", scope);
  await markVersions(deps.tx, scope, false);
  await append(deps, "scope.thawed", scope, facts);
}

/** The purpose of a scope that is a ring. */
export function purposeOf(scope: FreezeScope): string | undefined {
  return scope.startsWith("key:") ? scope.slice("key:".length) : undefined;
}

/** The freeze of a ring also stands in the rows that a use is recorded in: whoever waits for such a row then sees it. */
async function markVersions(
  tx: Transaction<KeyRingTables>,
  scope: FreezeScope,
  isFrozen: boolean,
): Promise<void> {
  const purpose = purposeOf(scope);
  if (purpose === undefined) return;
  await tx
    .updateTable("key_versions")
    .set({ is_frozen: Number(isFrozen) })
    .where("purpose", "=", purpose)
    .execute();
}

async function append(
  { tx, trail, service }: MoveDeps,
  action: "scope.frozen" | "scope.thawed",
  scope: FreezeScope,
  facts: KeyMoveFacts,
): Promise<void> {
  await trail.in(tx).append({
    action,
    actor: facts.actor ?? `service:${service}`,
    subject: scope,
    occurredAt: facts.at,
    detail: { reason: facts.reason, ...approvalDetail(facts) },
  });
}

/** What is frozen now, oldest first. */
export async function readFreezes(
  db: Kysely<KeyRingTables>,
  scopes?: readonly FreezeScope[],
): Promise<readonly Freeze[]> {
  if (scopes?.length === 0) return [];
  const rows = await db
    .selectFrom("freezes")
    .select(["scope", "since", "reason", "change_id"])
    .where("thawed_at", "is", null)
    .$if(scopes !== undefined, (query) => query.where("scope", "in", scopes ?? []))
    .orderBy("since")
    .execute();
  return rows.map((row) => ({
    scope: row.scope as FreezeScope,
    since: new Date(row.since),
    reason: row.reason,
    ...(row.change_id !== null && { changeId: row.change_id }),
  }));
}

/** @see KeyRingsInTransaction.refuseFrozen */
export async function refuseFrozen(
  tx: Transaction<KeyRingTables>,
  scopes: readonly FreezeScope[],
): Promise<void> {
  const [freeze] = await readFreezes(tx, scopes);
  if (freeze === undefined) return;
  throw refuse<KeyRingRefusalCode>("scope-frozen", {
    zh: `${freeze.scope} 已被冻结。`,
    en: `${freeze.scope} is frozen.`,
  });
}
