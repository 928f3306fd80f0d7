import type { Kysely } from "kysely";

import { createApprovals } from "../approval-store/index.ts";
import type { ApprovalTables } from "../approval-store/index.ts";
import { verifyChangeExport } from "../approvals/index.ts";
import type { GovernanceTrust } from "../approvals/index.ts";
import { createAuditTrail } from "../audit/index.ts";
import type { JudgeContinuation } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";

/**
 * Judges how epochs of an audit log began: by the officers' signatures under the change that the event names, which stand in
 * the same database and hold by the trust file alone. Whoever can only write to the database has none.
 */
export function judgeContinuations<Schema>({
  db,
  trust,
  service,
  clock,
}: {
  readonly db: Kysely<Schema>;
  /** Undefined: no officers are appointed, so none approved anything. */
  readonly trust: GovernanceTrust | undefined;
  /** Whose change it must be; undefined where the reader does not know. */
  readonly service?: string;
  readonly clock: Clock;
}): JudgeContinuation {
  if (trust === undefined) return () => Promise.resolve(false);
  const trail = createAuditTrail(db, {}).kit;
  const approvals = createApprovals({ db, trail, trust, operations: [], clock, service: service ?? "" });
  return async ({ change, size, root }) => {
    // A change that is not there, or cannot be read, approves nothing.
    const exported = await approvals.exportChange(change ?? "").catch(() => undefined);
    // Of a log that is being proved just now nothing can be proved by it: that the policies came into force is the database's word here.
    const { verdict, request } = verifyChangeExport(exported, trust, { inForce: await storedPolicies(db) });
    return (
      verdict === "authorized" &&
      request?.operation === "audit.continue" &&
      (service === undefined || request.service === service) &&
      request.parameters["size"] === size &&
      request.parameters["root"] === root
    );
  };
}

async function storedPolicies<Schema>(db: Kysely<Schema>): Promise<ReadonlySet<string>> {
  const rows = await (db as unknown as Kysely<Pick<ApprovalTables, "officer_policies">>)
    .selectFrom("officer_policies")
    .select("digest")
    .execute();
  return new Set(rows.map(({ digest }) => digest));
}
