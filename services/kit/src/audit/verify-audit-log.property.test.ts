import fc from "fast-check";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { leafHashOf } from "./audit-leaf.ts";
import type { AuditTables } from "./audit-tables.ts";
import { verifyAuditLog } from "./index.ts";
import { eventColumns } from "./read-event-rows.ts";
import type { StoredEvent } from "./read-event-rows.ts";
import {
  auditedService,
  auditMigrations,
  logKeyOf,
  newFolder,
  testOrigin,
} from "./testing/audited-service.ts";

const size = 40;
const place = fc.nat(size - 1);
/** What a hand can do to the rows, each as a change of the list; hashes and head are rewritten afterwards to fit. */
const edits = fc.oneof(
  fc.record({ kind: fc.constant("change" as const), at: place }),
  fc.record({ kind: fc.constant("delete" as const), at: place }),
  fc.record({ kind: fc.constant("insert" as const), at: place }),
  fc.record({ kind: fc.constant("swap" as const), at: place, with: place }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
);
type Edit = typeof edits extends fc.Arbitrary<infer One> ? One : never;

function edited(rows: readonly StoredEvent[], edit: Edit): StoredEvent[] {
  const result = [...rows];
  const at = Math.min(edit.at, rows.length - 1);
  const row = rows[at];
  if (row === undefined) return result;
  if (edit.kind === "change") result[at] = { ...row, actor: `${row.actor}x` };
  else if (edit.kind === "delete") result.splice(at, 1);
  else if (edit.kind === "insert") result.splice(at, 0, { ...row, actor: "nobody" });
  else if (edit.kind === "cut") result.splice(at);
  else {
    const other = Math.min(edit.with, rows.length - 1);
    result[at] = rows[other] ?? row;
    result[other] = row;
  }
  return result;
}

const withoutPlace = (row: StoredEvent) => JSON.stringify({ ...row, leaf_index: 0, leaf_hash: 0 });

async function replace(db: Kysely<AuditTables>, rows: readonly StoredEvent[]): Promise<void> {
  await transact(db, async (tx) => {
    await tx.deleteFrom("audit_events").execute();
    const placed = rows.map((row, index) => {
      const moved = { ...row, leaf_index: index };
      return { ...moved, leaf_hash: leafHashOf(moved) };
    });
    if (placed.length > 0) await tx.insertInto("audit_events").values(placed).execute();
    await tx.updateTable("audit_head").set({ size: rows.length }).execute();
  });
}

describeOnBothDatabases<AuditTables>("the verifier, after any edits of the rows", auditMigrations, (open) => {
  it("names the first place where the rows are not those that were signed, and no other", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(size);
    await service.open().checkpoint();
    const rows = await service.db
      .selectFrom("audit_events")
      .select(eventColumns)
      .orderBy("leaf_index")
      .execute();
    const keys = { logs: [{ key: logKeyOf(service.signer) }], witnesses: [], groups: [], quorum: undefined };
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { maxLength: 3 }), async (list) => {
        const now = list.reduce<StoredEvent[]>(edited, [...rows]);
        await replace(service.db, now);
        const report = await verifyAuditLog({
          db: service.db,
          folder: service.folder,
          origin: testOrigin,
          keys,
        });
        const first = Array.from({ length: Math.max(size, now.length) }, (_, index) => index).find(
          (index) => {
            const [before, after] = [rows[index], now[index]];
            return (
              before === undefined || after === undefined || withoutPlace(before) !== withoutPlace(after)
            );
          },
        );
        // What stands behind the last signed event, and fits its head, nobody can tell from a new event.
        expect(report.firstBad?.index).toBe(first === size ? undefined : first);
      }),
      { numRuns: fuzzRuns(20) },
    );
  });
});
