import type { Kysely } from "kysely";

import type { AuditTables } from "../audit/audit-tables.ts";
import { canonicalJson } from "../audit/index.ts";
import { putDocuments } from "./plan-documents.ts";
import { findAuditBoundary, readSignatureEvents } from "./signature-events.ts";
import { isAdopted } from "../key-rings/index.ts";
import type { KeyVersion } from "../key-rings/index.ts";
import { sinceOf } from "./compromise-actions.ts";
import { notReady } from "./step-action.ts";
import type { Action, ActionDeps } from "./step-action.ts";
import type { SignatureEvent } from "./signature-events.ts";

/** Lines of one document: some megabytes, which a program opens at once. */
const linesOfDocument = 10_000;

/**
 * `list-signatures`: every signature of the old version after the boundary, as the audit log has it, one JSON object a line, and how
 * many belong to whom. The log and the key's counter are written in one transaction, so they must agree; if they do not, rows were
 * removed behind the service's back, and the answer says so.
 */
export const listSignatures: Action = async (deps, context) => {
  const { old, plan } = context;
  if (old === undefined) throw notReady({ zh: "计划没有指明版本。", en: "The plan names no version." });
  const tables = deps.db as unknown as Kysely<AuditTables>;
  const boundary = await findAuditBoundary(tables, sinceOf(context));
  const list = createList(deps, plan.id);
  let total = 0;
  for await (const events of readSignatureEvents(tables, old)) {
    total += events.length;
    for (const event of events) if (event.index > boundary.index) await list.add(event);
  }
  const { signatures, owners, documents } = await list.end();
  const unrecorded = unrecordedUntil(old, sinceOf(context));
  const isComplete = total === old.signatures && unrecorded === undefined;
  if (total !== old.signatures) {
    deps.log.error(
      { plan: plan.id, purpose: old.purpose, version: old.version, counted: old.signatures, listed: total },
      "the audit log does not have every signature that the key's counter has",
    );
  }
  return {
    result: {
      signatures,
      owners: Object.fromEntries([...owners].sort(byName)),
      listed_in_all: total,
      counted_in_all: old.signatures,
      is_complete: isComplete,
      ...(unrecorded !== undefined && { not_recorded_before: unrecorded.toISOString() }),
      documents,
    },
  };
};

/** A key that was adopted signed before its ring was there, and nobody counted that: such a list cannot be called complete. */
function unrecordedUntil({ origin, createdAt }: KeyVersion, since: Date): Date | undefined {
  return isAdopted(origin) && since < createdAt ? createdAt : undefined;
}

function createList(deps: ActionDeps, planId: string) {
  const owners = new Map<string, number>();
  const documents: string[] = [];
  let lines: string[] = [];
  let signatures = 0;
  const flush = async () => {
    const name = `signatures-${String(documents.length + 1).padStart(4, "0")}.jsonl`;
    await putDocuments(deps.db, planId, [
      { name, mediaType: "application/jsonl", text: lines.map((line) => `${line}\n`).join("") },
    ]);
    documents.push(name);
    lines = [];
  };
  return {
    add: async (event: SignatureEvent) => {
      const owner = deps.ownerOf(event);
      owners.set(owner, (owners.get(owner) ?? 0) + 1);
      signatures += 1;
      lines.push(canonicalJson({ owner, ...lineOf(event) }));
      if (lines.length === linesOfDocument) await flush();
    },
    end: async () => {
      if (lines.length > 0 || documents.length === 0) await flush();
      return { signatures, owners, documents };
    },
  };
}

function lineOf({ index, occurredAt, action, actor, onBehalfOf, subject, detail }: SignatureEvent) {
  return { index, occurred_at: occurredAt, action, actor, on_behalf_of: onBehalfOf, subject, detail };
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
