import type { Kysely } from "kysely";

import type { AuditTables } from "../audit/audit-tables.ts";
import { auditPageMax, searchAudit } from "../audit/index.ts";
import type { AuditQuery } from "../audit/index.ts";
import type { Rotations } from "../rotations/index.ts";
import type { EvidenceQuery } from "./evidence-manifest.ts";

/**
 * The searches whose findings together are what a query asks for: what a change is named in and the plans that it made, everything
 * about a purpose, or about a compromise with every use of its key. Times narrow each of them.
 */
export async function searchesOf(
  db: Kysely<AuditTables>,
  rotations: Pick<Rotations, "find">,
  query: EvidenceQuery,
): Promise<readonly AuditQuery[]> {
  const { change, purpose, plan } = query;
  const plain = plainSearch(query);
  const times = timesOf(query);
  const searches = [
    ...(plain === undefined ? [] : [plain]),
    ...(change === undefined ? [] : await searchesOfChange(db, change)),
    ...(purpose === undefined ? [] : [{ subject: purpose }, { key: { purpose } }]),
    ...(plan === undefined ? [] : await searchesOfPlan(db, rotations, plan)),
  ];
  return searches.map((search) => ({ ...search, ...times }));
}

function plainSearch({ actor, subject, request_id: requestId }: EvidenceQuery): AuditQuery | undefined {
  const search = {
    ...(actor !== undefined && { actor }),
    ...(subject !== undefined && { subject }),
    ...(requestId !== undefined && { requestId }),
  };
  return Object.keys(search).length === 0 ? undefined : search;
}

function timesOf({ since, until }: EvidenceQuery): AuditQuery {
  return {
    ...(since !== undefined && { since: new Date(since) }),
    ...(until !== undefined && { until: new Date(until) }),
  };
}

/** Identifiers are long and random: where one stands, it is meant. */
async function searchesOfChange(db: Kysely<AuditTables>, change: string): Promise<readonly AuditQuery[]> {
  const { events } = await searchAudit(
    db,
    { action: "plan.started", text: change },
    { limit: auditPageMax, order: "ascending" },
  );
  return [
    { text: change },
    ...events.flatMap(({ detail }) => planOf(detail)).map((plan) => ({ text: plan })),
  ];
}

function planOf(detail: unknown): readonly string[] {
  const plan = typeof detail === "object" && detail !== null && "plan" in detail ? detail.plan : undefined;
  return typeof plan === "string" ? [plan] : [];
}

async function searchesOfPlan(
  db: Kysely<AuditTables>,
  rotations: Pick<Rotations, "find">,
  id: string,
): Promise<readonly AuditQuery[]> {
  const plan = await rotations.find(id);
  if (plan === undefined) return [];
  const { purpose, oldVersion: version, changeId } = plan;
  return [
    { text: id },
    { subject: purpose },
    { key: { purpose, ...(version !== undefined && { version }) } },
    ...(changeId === undefined ? [] : await searchesOfChange(db, changeId)),
  ];
}
