import { equalBytes } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import { firstLink, linkOf } from "./audit-tables.ts";
import type { AuditRow, AuditTables } from "./audit-tables.ts";

/** The first place where the chain does not hold. */
export interface AuditBreak {
  readonly sequence: number;
  /**
   * `missing`: the row with this sequence is not there; `changed`: the row is not what was written, or not where it was;
   * `head`: the chain holds but ends elsewhere than its head says.
   */
  readonly reason: "missing" | "changed" | "head";
}

export interface AuditVerification {
  /** Events whose links hold, from the first on. */
  readonly events: number;
  readonly brokenAt?: AuditBreak;
}

const rowsAtOnce = 500;

/** Computes the whole chain again, up to where its head was when this began. */
export async function verifyChain(db: Kysely<AuditTables>): Promise<AuditVerification> {
  const head = await readHead(db);
  let last: ChainEnd = { sequence: 0, link: firstLink };
  while (last.sequence < head.sequence) {
    const rows = await readRows(db, last.sequence, head.sequence);
    for (const row of rows) {
      const sequence = last.sequence + 1;
      if (row.sequence !== sequence)
        return { events: last.sequence, brokenAt: { sequence, reason: "missing" } };
      const isWhole =
        equalBytes(row.previous_link, last.link) && equalBytes(row.link, linkOf(last.link, row));
      if (!isWhole) return { events: last.sequence, brokenAt: { sequence, reason: "changed" } };
      last = row;
    }
    if (rows.length === 0) {
      return { events: last.sequence, brokenAt: { sequence: last.sequence + 1, reason: "missing" } };
    }
  }
  const isHead = last.sequence === head.sequence && equalBytes(last.link, head.link);
  if (isHead && !(await hasRowsBehindHead(db))) return { events: last.sequence };
  return { events: last.sequence, brokenAt: { sequence: last.sequence + 1, reason: "head" } };
}

interface ChainEnd {
  readonly sequence: number;
  readonly link: Uint8Array;
}

/** A head that is gone is a head that says nothing: every row then stands behind it. */
async function readHead(db: Kysely<AuditTables>): Promise<ChainEnd> {
  const head = await db
    .selectFrom("audit_head")
    .select(["sequence", "link"])
    .where("id", "=", 1)
    .executeTakeFirst();
  return head ?? { sequence: 0, link: new Uint8Array(0) };
}

async function readRows(db: Kysely<AuditTables>, after: number, upTo: number): Promise<AuditRow[]> {
  return await db
    .selectFrom("audit_events")
    .select([
      "sequence",
      "occurred_at",
      "action",
      "actor",
      "on_behalf_of",
      "subject",
      "detail",
      "previous_link",
      "link",
    ])
    .where("sequence", ">", after)
    .where("sequence", "<=", upTo)
    .orderBy("sequence")
    .limit(rowsAtOnce)
    .execute();
}

/** The last row is read before the head: one that was appended meanwhile has moved the head before it is seen. */
async function hasRowsBehindHead(db: Kysely<AuditTables>): Promise<boolean> {
  const last = await db
    .selectFrom("audit_events")
    .select("sequence")
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const head = await readHead(db);
  return (last?.sequence ?? 0) > head.sequence;
}
