import { randomBytes } from "node:crypto";

import { afterEach, describe, expect, it } from "vitest";

import { createFlawedDevice } from "../../testing/flawed-key-store.ts";
import type { Flaw, FlawedDevice } from "../../testing/flawed-key-store.ts";
import { countOpenHandles, runConformance } from "./index.ts";
import type { ConformanceHooks, ConformanceOptions, ConformanceRow } from "./index.ts";

const devices: FlawedDevice[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.dispose();
});

function deviceWith(flaw?: Flaw): FlawedDevice {
  const device = createFlawedDevice(flaw);
  devices.push(device);
  return device;
}

const shortest = {
  openings: 8,
  parallel: 16,
  soakMilliseconds: 30,
  deadlineMilliseconds: 50,
  returnMilliseconds: 200,
  rowLimitMilliseconds: 20_000,
  randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
};
const quick: ConformanceOptions = {
  ...shortest,
  makesKeys: "if-destroyable",
  algorithms: ["SM2", "ES256"],
};

function everyHook(device: FlawedDevice): ConformanceHooks {
  return {
    wrongPin: { open: () => device.open("000001"), timesRead: device.pinsRead },
    loseSession: device.loseSession,
    removeDevice: () => Promise.resolve(device.remove()),
    hangDriver: () => Promise.resolve(device.hang()),
    makeKeyElsewhere: (label) => Promise.resolve(device.makeKey(label)),
    exportPrivateKey: device.exportPrivateKey,
    unknownUri: "simulator:serial=1;id=%00",
    countHandles: countOpenHandles,
  };
}

async function rowsOf(
  device: FlawedDevice,
  options: ConformanceOptions = { ...quick, hooks: everyHook(device) },
): Promise<ConformanceRow[]> {
  const rows: ConformanceRow[] = [];
  for await (const row of runConformance(() => device.open(), options)) rows.push(row);
  return rows;
}

const resultsOf = (rows: readonly ConformanceRow[]): Record<string, string> =>
  Object.fromEntries(rows.map(({ name, result }) => [name, result]));

describe("the conformance kit", () => {
  it("passes a device that keeps every promise, in every row, and leaves no key behind", async () => {
    const device = deviceWith();
    const rows = await rowsOf(device);
    expect(rows.filter(({ result }) => result !== "passed")).toEqual([]);
    expect(rows.map(({ name }) => name)).toEqual([
      "open-close",
      "list",
      "has-keys",
      "sign:SM2",
      "sign:ES256",
      "parallel",
      "private-key-stays",
      "labels",
      "made-elsewhere",
      "destroyed",
      "fresh-keys",
      "closed",
      "session-lost",
      "driver-killed",
      "deadline",
      "device-removed",
      "soak",
      "health",
      "wrong-pin",
    ]);
    const store = await device.open();
    expect(await store.list()).toEqual([]);
  });

  it("says of every row that needs somebody's hand why it is not applicable", async () => {
    const device = deviceWith();
    const rows = await rowsOf(device, quick);
    const results = resultsOf(rows);
    for (const name of ["session-lost", "deadline", "device-removed", "wrong-pin"]) {
      expect(results[name], name).toBe("not-applicable");
    }
    expect(results["made-elsewhere"]).toBe("passed");
    for (const { detail } of rows) expect([detail.en, detail.zh].every((text) => text.length > 0)).toBe(true);
  });

  it("uses the keys that are there, and makes none, when it must not", async () => {
    const device = deviceWith();
    device.makeKey("in-use");
    const rows = await rowsOf(device, { ...quick, algorithms: ["ES256", "SM2"], makesKeys: "never" });
    expect(resultsOf(rows)).toMatchObject({
      "sign:ES256": "passed",
      "sign:SM2": "failed",
      "made-elsewhere": "not-applicable",
      destroyed: "not-applicable",
      labels: "not-applicable",
    });
    const store = await device.open();
    expect(await store.list()).toHaveLength(1);
  });

  it("fails a store without a key to sign with, and one that has not the key that was named", async () => {
    const never = { ...quick, makesKeys: "never" } as const;
    expect(resultsOf(await rowsOf(deviceWith(), never))["has-keys"]).toBe("failed");
    const device = deviceWith();
    device.makeKey("in-use");
    const named = await rowsOf(device, { ...never, keys: ["simulator:serial=1;id=%00"] });
    expect(resultsOf(named)["has-keys"]).toBe("failed");
  });

  it("ends early when it is told to, and destroys its keys first", async () => {
    const device = deviceWith("hangs-for-ever");
    const end = new AbortController();
    const hooks = everyHook(device);
    const hangDriver = () => {
      // In the middle of a row that would never end.
      end.abort();
      return Promise.resolve(device.hang());
    };
    const rows = await rowsOf(device, { ...quick, hooks: { ...hooks, hangDriver }, signal: end.signal });
    expect(rows.at(-1)?.name).toBe("driver-killed");
    const store = await device.open();
    expect(await store.list()).toEqual([]);
  });

  it("claims nothing of sessions and drivers that are not there", async () => {
    const device = deviceWith();
    const hooks = { loseSession: () => false, hangDriver: () => Promise.resolve(undefined) };
    const results = resultsOf(await rowsOf(device, { ...quick, hooks }));
    expect([results["session-lost"], results["deadline"]]).toEqual(["not-applicable", "not-applicable"]);
  });

  it("finds out by itself which algorithms a store makes keys for, and asks an RSA key for every row", async () => {
    const rows = await rowsOf(deviceWith(), { ...shortest, makesKeys: "if-destroyable" });
    const signing = rows.map(({ name }) => name).filter((name) => name.startsWith("sign:"));
    expect(signing).toEqual(
      ["SM2", "ES256", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].map((name) => `sign:${name}`),
    );
  });

  it("passes a store that opens sessions and driver hosts late, and then no more", async () => {
    const device = deviceWith();
    let counted = 0;
    // Rises at each of the counts of the first rounds, as a pool does that is filled late.
    const countHandles = () => 70 + 2 * Math.min((counted += 1), 12);
    const rows = await rowsOf(device, { ...quick, hooks: { ...everyHook(device), countHandles } });
    expect(resultsOf(rows)).toMatchObject({ "open-close": "passed", soak: "passed" });
  });

  it("passes a store that is too slow to open so often, and says how often it did", async () => {
    const device = deviceWith();
    const slow = { ...quick, openings: 1_000_000, rowLimitMilliseconds: 1_000 };
    const rows: ConformanceRow[] = [];
    for await (const row of runConformance(() => device.open(), { ...slow, hooks: everyHook(device) })) {
      rows.push(row);
      if (row.name === "open-close") break;
    }
    expect(rows[0]).toMatchObject({ name: "open-close", result: "passed" });
    expect(rows[0]?.detail.en).toMatch(/^\d+ of 1000000 openings in \d+ s \(choose fewer by --openings\)/);
  });

  it("says why a store does not even open", async () => {
    const device = deviceWith();
    const rows: ConformanceRow[] = [];
    for await (const row of runConformance(() => device.open("000001"), quick)) rows.push(row);
    expect(rows).toMatchObject([
      { name: "opens", result: "failed", detail: { en: "pin-incorrect: wrong PIN" } },
    ]);
  });
});

describe("a row of the conformance kit fails", () => {
  it.each<[string, Flaw]>([
    ["open-close", "leaks-on-open"],
    ["list", "lists-nothing"],
    ["list", "lists-two-of-one-uri"],
    ["sign:SM2", "signs-nothing"],
    ["sign:ES256", "signs-something-else"],
    ["sign:ES256", "repeats-answers"],
    ["parallel", "mixes-up-answers"],
    ["parallel", "reuses-nonces"],
    ["fresh-keys", "makes-one-key-again"],
    ["cleans-up", "keeps-destroyed-keys"],
    ["parallel", "fails-under-load"],
    ["private-key-stays", "extractable"],
    ["private-key-stays", "exports"],
    ["labels", "cuts-labels"],
    ["labels", "gives-a-label-twice"],
    ["made-elsewhere", "sees-no-new-keys"],
    ["destroyed", "keeps-destroyed-keys"],
    ["destroyed", "signs-with-destroyed-keys"],
    ["closed", "answers-after-close"],
    ["session-lost", "loses-requests-of-a-lost-session"],
    ["driver-killed", "loses-requests-of-a-dead-driver"],
    ["driver-killed", "answers-dead-requests-twice"],
    ["deadline", "hangs-for-ever"],
    ["device-removed", "signs-while-removed"],
    ["device-removed", "never-comes-back"],
    ["soak", "leaks-while-signing"],
    ["health", "says-it-is-offline"],
    ["wrong-pin", "retries-wrong-pin"],
    ["wrong-pin", "accepts-any-pin"],
    ["cleans-up", "cannot-destroy-after-all"],
  ])("%s, when the device %s", async (row, flaw) => {
    expect(resultsOf(await rowsOf(deviceWith(flaw)))[row]).toBe("failed");
  });
});
