import { expect, it } from "vitest";

import type { ChangeOperation } from "../approvals/index.ts";
import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { makerRing, ringBench, ringMigrations, start } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";
import { parseScope, ringOperations } from "./index.ts";

const { purpose } = makerRing;
const what = { zh: "枚印章", en: "seals" };

interface OperationBench extends RingBench {
  readonly operations: ReadonlyMap<string, ChangeOperation>;
  /** As the approvals do once enough officers have signed. */
  execute(
    name: string,
    target: string,
    approvers: readonly string[],
    parameters?: Readonly<Record<string, number>>,
  ): Promise<unknown>;
}

describeOnBothDatabases<TestTables>("what officers stop and let go on", ringMigrations, (open) => {
  async function benchWithOperations(): Promise<OperationBench> {
    const bench = ringBench(await open());
    await bench.rings.ensure(makerRing);
    const stopped = () => Promise.resolve([{ name: "seals", what, count: 1240 }]);
    const list = ringOperations({
      rings: bench.rings,
      stopped,
      knowsScope: (scope) => Promise.resolve(scope !== "seal:nope"),
    });
    const operations = new Map(list.map((operation) => [operation.name, operation]));
    const operationOf = (name: string): ChangeOperation => {
      const operation = operations.get(name);
      if (operation === undefined) throw new Error(`no operation ${name}`);
      return operation;
    };
    const execute: OperationBench["execute"] = (name, target, approvers, parameters = {}) => {
      const operation = operationOf(name);
      const change = {
        ...{ id: "chg_1", operation: name, target, parameters: operation.parameters.parse(parameters) },
        ...{ reason: "a test", proposer: "p1", approvers, executor: "admin_1", digest: "sm3:00" },
      };
      return transact(bench.db, (tx) => operation.execute({ tx: tx as never, change, at: start }));
    };
    return { ...bench, operations, execute };
  }

  it("is four operations with titles in both languages", async () => {
    const { operations } = await benchWithOperations();
    expect([...operations.keys()]).toEqual(["key.suspend", "key.resume", "scope.freeze", "scope.thaw"]);
    for (const { title } of operations.values()) expect([title.zh, title.en]).not.toContain("");
  });

  it("suspends a key by one officer and resumes it by two", async () => {
    const bench = await benchWithOperations();
    expect(await bench.execute("key.suspend", purpose, ["p1"])).toEqual({
      ...{ purpose, version: 1, from: "active", to: "suspended", at: start.toISOString() },
    });
    await expect(bench.use()).rejects.toMatchObject({ code: "key-suspended" });
    await expect(bench.execute("key.resume", purpose, ["p1"])).rejects.toMatchObject({
      code: "key-approval-missing",
    });
    await bench.execute("key.resume", purpose, ["p1", "p2"], { version: 1 });
    await bench.use();
    expect((await bench.events()).at(-1)).toEqual({
      ...{ action: "key.moved", actor: "admin_1", subject: purpose },
      detail: {
        ...{ version: 1, from: "suspended", to: "active", reason: "a test" },
        ...{ persons: ["p1", "p2"], change: "chg_1" },
      },
    });
  });

  it("takes the emergency key for all persons and says so in the log", async () => {
    const bench = await benchWithOperations();
    await bench.execute("key.suspend", purpose, ["break-glass"]);
    await bench.execute("key.resume", purpose, ["break-glass"]);
    expect((await bench.events()).at(-1)?.detail).toMatchObject({
      is_break_glass: true,
      persons: ["break-glass"],
    });
  });

  it("freezes a scope by one officer and thaws it by two", async () => {
    const bench = await benchWithOperations();
    await bench.execute("scope.freeze", "unit:org_1", ["p1"]);
    await bench.execute("scope.freeze", `key:${purpose}`, ["p1"]);
    await expect(bench.use()).rejects.toMatchObject({ code: "key-frozen" });
    await expect(bench.execute("scope.thaw", `key:${purpose}`, ["p1", "p1"])).rejects.toMatchObject({
      code: "key-approval-missing",
    });
    await bench.execute("scope.thaw", `key:${purpose}`, ["p1", "p2"]);
    await bench.use();
    expect(await bench.rings.freezes()).toEqual([
      { scope: "unit:org_1", reason: "a test", since: start, changeId: "chg_1" },
    ]);
  });

  it("shows beforehand what stops, in numbers", async () => {
    const bench = await benchWithOperations();
    await bench.use();
    expect(await bench.operations.get("key.suspend")?.preview(purpose, {})).toEqual({
      effect: [
        {
          zh: "密钥 seal.maker/1（ES256）立即停止签名。",
          en: "The key seal.maker/1 (ES256) stops signing at once.",
        },
        {
          zh: "已签名 1 次，最近一小时 0 次。",
          en: "It made 1 signatures, 0 of them in the last hour.",
        },
        { zh: "枚印章：1,240", en: "seals: 1,240" },
      ],
      numbers: { signatures: 1, signatures_last_hour: 0, seals: 1240 },
      steps: [{ name: "move", title: { zh: "改变密钥状态", en: "Change the state of the key" } }],
    });
    expect(await bench.operations.get("scope.freeze")?.preview("seal:seal_1", {})).toMatchObject({
      effect: [{ zh: "seal:seal_1 立即停止。", en: "seal:seal_1 stops at once." }, { en: "seals: 1,240" }],
      numbers: { seals: 1240 },
    });
    expect(await bench.rings.find(purpose, 1)).toMatchObject({ state: "active" });
  });

  it("freezes no seal that is not there: a mistyped id would look like success", async () => {
    const bench = await benchWithOperations();
    const preview = bench.operations.get("scope.freeze")?.preview("seal:nope", {});
    await expect(preview).rejects.toMatchObject({ code: "scope-unknown" });
  });

  const impossible: readonly (readonly [
    name: string,
    target: string,
    code: string,
    parameters?: Readonly<Record<string, number>>,
  ])[] = [
    ["key.resume", purpose, "key-move-not-allowed"],
    ["key.suspend", "seal.makr", "key-ring-not-found"],
    ["key.suspend", purpose, "key-version-not-found", { version: 7 }],
    ["scope.freeze", "key:seal.makr", "key-ring-not-found"],
    ["scope.freeze", "everything", "scope-malformed"],
    ["scope.thaw", "unit:org_1", "scope-not-frozen"],
  ];
  it("refuses what cannot be done already when it is asked for", async () => {
    const bench = await benchWithOperations();
    for (const [name, target, code, parameters = {}] of impossible) {
      const preview = bench.operations.get(name)?.preview(target, parameters);
      await expect(preview, name).rejects.toMatchObject({ code });
      await expect(bench.execute(name, target, ["p1", "p2"], parameters), name).rejects.toMatchObject({
        code,
      });
    }
    expect(await bench.events()).toHaveLength(2);
  });
});

it("reads a scope only in its own form", () => {
  expect(parseScope("seal:seal_0A-1.b")).toBe("seal:seal_0A-1.b");
  for (const text of ["", "key:", "seal", "unit:a b", "person:1", `key:${"a".repeat(129)}`, "key:a\n"]) {
    expect(() => parseScope(text), text).toThrow(expect.objectContaining({ code: "scope-malformed" }));
  }
});
