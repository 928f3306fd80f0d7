import { openDatabase, transact } from "@yinxin/service-kit/database";
import { afterAll, describe, expect, it } from "vitest";

import { openOfficerBench } from "./officer-bench.ts";
import type { OfficerBench } from "./officer-bench.ts";

let bench: OfficerBench | undefined;
afterAll(() => bench?.close());

describe("the compromise of a key that is retiring", () => {
  it("says that one officer cannot stop it alone, and what one can do", async () => {
    bench = await openOfficerBench();
    const { rotations } = bench.administration;
    const db = await openDatabase<unknown>({ url: bench.database, schema: "test" });
    const { clock } = bench;
    await transact(db, (tx) =>
      rotations.createIn(tx, {
        ...{ definition: "token-key", purpose: "test.token", reason: "a test", requestedBy: "li-qiang" },
        ...{ persons: ["li-qiang", "chen-xiao"], at: clock.now() },
      }),
    );
    await db.destroy();
    await rotations.advance();
    clock.advance(60_000);
    await rotations.advance();
    const states = (await bench.governance.rings.versions("test.token")).map(({ state }) => state);
    expect(states).toEqual(["retiring", "active"]);

    const words = ["keys", "compromise", "test.token", "--version", "1", "--since", "1h"];
    const said = await bench.yinxin([
      ...[...words, "--reason", "a break-in", "--confirm", "test.token", "--as", "li-qiang"],
    ]);
    expect(said.code, said.stderr).toBe(6);
    expect(said.stderr).toMatch(/test\.token v1 (is retiring|正在停签)/u);
    expect(said.stderr).toContain("yinxin freeze key:test.token --reason TEXT");
    expect((await bench.governance.rings.versions("test.token")).map(({ state }) => state)).toEqual(states);
  });
});
