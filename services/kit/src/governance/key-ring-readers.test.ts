import { expect, it } from "vitest";

import type { Rotations } from "../rotations/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { makerRing, ringBench, ringMigrations } from "../testing/key-ring-bench.ts";
import type { TestTables } from "../testing/key-ring-bench.ts";
import { keyRingReaders } from "./key-ring-readers.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

const { purpose } = makerRing;

describeOnBothDatabases<TestTables>("what the page of a key shows beside it", ringMigrations, (open) => {
  it("are its newest moves, however often it was used in between", async () => {
    const bench = ringBench(await open());
    await bench.rings.ensure(makerRing);
    const moved = await bench.db.selectFrom("audit_events").selectAll().orderBy("leaf_index").execute();
    const used = moved.map((row) => ({ ...row, action: "key.used", detail: '{"for":"a token"}' })).at(-1);
    if (used === undefined) throw new Error("no event");
    const first = used.leaf_index + 1;
    for (let from = first; from < first + 501; from += 100) {
      const size = Math.min(100, first + 501 - from);
      const rows = Array.from({ length: size }, (_, at) => ({ ...used, leaf_index: from + at }));
      await bench.db.insertInto("audit_events").values(rows).execute();
    }
    await bench.db
      .updateTable("audit_head" as never)
      .set({ size: first + 501 } as never)
      .execute();
    await bench.move(1, "suspended");
    // Only what the readers read.
    const opened = { db: bench.db } as unknown as OpenedGovernance<TestTables, never>;
    const { searchEvents } = keyRingReaders(opened, {} as Rotations);
    const actions = ["key.created", "key.moved"];
    const history = await searchEvents({ subject: purpose, actions, limit: 500 });
    expect(history.map(({ action }) => action)).toEqual(["key.created", "key.moved", "key.moved"]);
    expect(history.at(-1)?.detail).toMatchObject({ to: "suspended", persons: ["p1", "p2"] });
    const newest = await searchEvents({ subject: purpose, actions, limit: 1 });
    expect(newest[0]?.detail).toMatchObject({ to: "suspended" });
  });
});
