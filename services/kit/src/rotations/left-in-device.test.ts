import { expect, it } from "vitest";

import { describeOnBothDatabases, memoryRingKeys } from "../testing/index.ts";
import { rotationBench, rotationTestMigrations, tokenRing } from "./rotation-test-bench.ts";

const { purpose } = tokenRing;
const keyUri = "file:sso.token-v1";

describeOnBothDatabases<unknown>("a key in a device that destroys none", rotationTestMigrations, (open) => {
  it("is told from the moment that its plan should have destroyed it until the device has it no more", async () => {
    const memory = memoryRingKeys();
    const bench = rotationBench(await open(), { keys: { ...memory, destroy: undefined } });
    await bench.rings.ensure(tokenRing);
    const plan = await bench.finish(await bench.begin());
    expect(plan.state).toBe("done");
    const step = plan.steps.find(({ name }) => name === "destroy-private");
    expect(step?.result).toEqual({ version: 1, destroyed: [], left_in_device: [keyUri] });
    const left = { kind: "left-in-device", keyUri, purpose, version: 1 };
    expect(await bench.rings.knownDrift()).toMatchObject([left]);
    expect(await bench.rings.drift()).toMatchObject([left]);
    // Its operator does it with the vendor's own tool.
    await memory.destroy?.(keyUri);
    expect(await bench.rings.drift()).toEqual([]);
    expect(await bench.rings.knownDrift()).toEqual([]);
  });
});
