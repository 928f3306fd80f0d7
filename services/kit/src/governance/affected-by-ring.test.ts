import { expect, it } from "vitest";

import { rotationBench, rotationTestMigrations, tokenRing } from "../rotations/rotation-test-bench.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import type { KeyRingTables } from "../key-rings/key-ring-tables.ts";
import type { Kysely } from "kysely";
import { callersOfRing, countRows, stoppedBy } from "./affected-by-ring.ts";

describeOnBothDatabases<unknown>("the preview of a change of a ring", rotationTestMigrations, (open) => {
  it("counts whoever had something signed in the last thirty days, each once, and the rows of a service", async () => {
    const bench = rotationBench(await open());
    const { db, clock, rings } = bench;
    await rings.ensure(tokenRing);
    await rings.ensure({ ...tokenRing, purpose: "other.token" });
    await bench.sign(tokenRing.purpose, "long ago", "org_9");
    clock.advance(31 * 86_400_000);
    for (const unit of ["org_1", "org_2", "org_1"]) await bench.sign(tokenRing.purpose, "paper", unit);
    await bench.sign("other.token", "paper", "org_3");
    const callers = await callersOfRing(db, tokenRing.purpose, clock.now());
    expect(callers).toMatchObject({ count: 2, what: { en: "Callers in the last 30 days" } });
    expect(await callersOfRing(db, "no.such", clock.now())).toMatchObject({ count: 0 });
    const tables = db as Kysely<KeyRingTables>;
    expect(await countRows(tables, tables.selectFrom("key_versions").select("purpose"))).toBe(2);
    const stopped = stoppedBy((purpose) => callersOfRing(db, purpose, clock.now()).then((one) => [one]));
    expect(await stopped(`key:${tokenRing.purpose}`)).toMatchObject([
      { name: "callers_in_the_last_30_days", count: 2 },
    ]);
    expect(await stopped("unit:org_1")).toEqual([]);
  });
});
