import { equalBytes } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import { isCanonicalDetail, isOneObject, leafHashOf } from "./audit-leaf.ts";
import type { EventJudge, KeyUse } from "./audit-event.ts";
import type { AuditBadEvent } from "./audit-report.ts";
import type { AuditTables } from "./audit-tables.ts";
import { readEventRows } from "./read-event-rows.ts";
import type { StoredEvent } from "./read-event-rows.ts";

/** What reading every event gave, up to the first that is not as it should be. */
export interface RowScan {
  /** Hashes of the events that hold, from the first on. */
  readonly hashes: readonly Uint8Array[];
  readonly uses: readonly KeyCount[];
  /** The place at which something else stands than should, and what. */
  readonly stop?: { readonly index: number; readonly row: StoredEvent };
  /** Where the events that were taken over from the first trail did not hold. */
  readonly formerBreak?: number;
}

/** How often a version of a key was used. */
export interface KeyCount extends Pick<KeyUse, "purpose" | "version"> {
  readonly signatures: number;
}

/** Far above any log; the places are those of a database's integers. */
const end = 2 ** 31 - 1;

/**
 * Computes the hash of every event before `to` from its columns and holds it against the reference, and behind that against
 * the hash stored beside it. Each event that holds is told to `take`.
 */
export async function scanRows(
  db: Kysely<AuditTables>,
  reference: readonly Uint8Array[],
  {
    to = end,
    take,
  }: { readonly to?: number | undefined; readonly take?: EventJudge["take"] | undefined } = {},
): Promise<RowScan> {
  const hashes: Uint8Array[] = [];
  const counts = new Map<string, KeyCount>();
  let formerBreak: number | undefined;
  const scanned = (): Omit<RowScan, "stop"> => ({
    hashes,
    uses: [...counts.values()],
    ...(formerBreak !== undefined && { formerBreak }),
  });
  for await (const rows of readEventRows(db, { from: 0, to })) {
    for (const row of rows) {
      const index = hashes.length;
      const hash = leafHashOf(row);
      if (row.leaf_index !== index || !isAsWritten(row, hash, reference[index])) {
        return { ...scanned(), stop: { index, row } };
      }
      hashes.push(hash);
      count(counts, row);
      take?.(row);
      if (row.action === "audit-log.converted") formerBreak = formerBreakIn(row);
    }
  }
  return scanned();
}

function isAsWritten(row: StoredEvent, hash: Uint8Array, expected: Uint8Array | undefined): boolean {
  if (!equalBytes(hash, row.leaf_hash)) return false;
  return expected === undefined
    ? isCanonicalDetail(row.detail)
    : equalBytes(hash, expected) && isOneObject(row.detail);
}

function count(
  counts: Map<string, KeyCount>,
  { key_purpose: purpose, key_version: version }: StoredEvent,
): void {
  if (purpose === null || version === null) return;
  const name = `${purpose}/${String(version)}`;
  counts.set(name, { purpose, version, signatures: (counts.get(name)?.signatures ?? 0) + 1 });
}

function formerBreakIn({ detail }: StoredEvent): number | undefined {
  const { broken_at: brokenAt } = JSON.parse(detail) as { broken_at?: unknown };
  return typeof brokenAt === "number" ? brokenAt : undefined;
}

/**
 * What happened at the first place where something else stands than was signed. The row there may belong to another place,
 * and the row that belongs there may stand at another: each is looked for by its hash.
 */
export async function explainStop(
  db: Kysely<AuditTables>,
  reference: readonly Uint8Array[],
  { index, row }: NonNullable<RowScan["stop"]>,
): Promise<AuditBadEvent> {
  const name = `event ${String(index)}`;
  if (row.leaf_index !== index) return { index, reason: "missing", detail: `${name} is not there` };
  const expected = reference[index];
  if (expected === undefined)
    return { index, reason: "changed", detail: `${name} does not fit its own hash` };
  const belongsElsewhere = reference.some(
    (hash, place) => place > index && equalBytes(hash, leafHashOf({ ...row, leaf_index: place })),
  );
  const standsAt = await findRow(db, expected, index);
  if (standsAt !== undefined && belongsElsewhere) {
    return { index, reason: "moved", detail: `${name} stands at place ${String(standsAt)}` };
  }
  if (standsAt !== undefined) {
    return { index, reason: "added", detail: `an event that was never signed stands before ${name}` };
  }
  if (belongsElsewhere)
    return { index, reason: "missing", detail: `${name} is gone and later ones were moved up` };
  return { index, reason: "changed", detail: `${name} is not the one that was signed` };
}

/** Where the event stands that should stand at `index`. */
async function findRow(
  db: Kysely<AuditTables>,
  expected: Uint8Array,
  index: number,
): Promise<number | undefined> {
  for await (const rows of readEventRows(db, { from: index + 1, to: end })) {
    const found = rows.find((row) => equalBytes(expected, leafHashOf({ ...row, leaf_index: index })));
    if (found !== undefined) return found.leaf_index;
  }
  return undefined;
}
