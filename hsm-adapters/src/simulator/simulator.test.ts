import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { connectInProcess } from "../driver/index.ts";
import type { DeviceConnection, DeviceEvent } from "../driver/index.ts";
import { createSimulator, readSimulatorConfig, writeSimulatorControl } from "./index.ts";
import type { SimulatorConfig, SimulatedFault } from "./index.ts";

describe("the simulator", () => {
  let folder: string;
  let controlFile: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "yinxin-simulator-"));
    controlFile = join(folder, "control.json");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const connect = (config: Partial<SimulatorConfig> = {}): Promise<DeviceConnection> =>
    connectInProcess(createSimulator().driver, { folder, serial: "S1", controlFile, ...config });
  const request = { label: "one", algorithm: "Ed25519" } as const;
  const input = new Uint8Array(8);

  it.each([
    ["no folder", {}, "folder"],
    ["a relative folder", { folder: "keys" }, "folder"],
    ["a field that it does not have", { folder: "/x", speed: 1 }, "speed"],
    ["a time before now", { folder: "/x", latencyMilliseconds: -1 }, "latencyMilliseconds"],
    ["no sessions", { folder: "/x", maximumSessions: 0 }, "maximumSessions"],
    [
      "a fault whose name is a path",
      { folder: "/x", faults: [{ name: "../x", operation: "sign", does: { kind: "crash" } }] },
      "faults",
    ],
  ])("refuses a configuration with %s, and names the field", (_, config, field) => {
    expect(() => readSimulatorConfig(config)).toThrow(
      expect.objectContaining({
        code: "configuration-malformed",
        message: expect.stringContaining(field) as string,
      }),
    );
  });

  it("keeps keys for all who share its folder, and hides new ones until refresh where it is told to", async () => {
    const made = await (await connect()).generateKey(request);
    expect(await (await connect()).listKeys()).toEqual([made]);
    const hiding = await connect({ hidesNewKeys: true });
    const later = await (await connect()).generateKey({ ...request, label: "two" });
    expect(await hiding.findKey(later.uri)).toBeUndefined();
    await hiding.refresh();
    expect(await hiding.findKey(later.uri)).toEqual(later);
  });

  it("lets a misfortune happen once for all processes together, or in each if it is told to", async () => {
    const error = { kind: "error", code: "device-error" } as const;
    const once: SimulatedFault = { name: "once", operation: "open-session", at: 2, does: error };
    const first = await connect({ faults: [once] });
    await first.openSession();
    await expect(first.openSession()).rejects.toMatchObject({ code: "device-error" });
    await expect(first.openSession()).resolves.toBe(2);
    const second = await connect({ faults: [once] });
    await second.openSession();
    await expect(second.openSession()).resolves.toBe(2);

    const always: SimulatedFault = { ...once, name: "always", at: 1, inEveryProcess: true };
    for (const connection of [await connect({ faults: [always] }), await connect({ faults: [always] })]) {
      await expect(connection.openSession()).rejects.toMatchObject({ code: "device-error" });
    }
  });

  it("obeys its control file while it is in use, and tells of what comes and goes", async () => {
    const device = await connect({ tellsEvents: true });
    const events: DeviceEvent["kind"][] = [];
    device.onEvent(({ kind }) => events.push(kind));
    const { uri } = await device.generateKey(request);
    const session = await device.openSession();
    writeSimulatorControl(controlFile, { isPresent: false });
    await expect.poll(() => events).toEqual(["removed"]);
    await expect(device.sign(session, { key: uri, algorithm: "Ed25519", input })).rejects.toMatchObject({
      code: "device-removed",
      facts: { vendor: { name: "CKR_DEVICE_REMOVED", number: 0x32 } },
    });
    writeSimulatorControl(controlFile, { isPresent: true });
    await expect.poll(() => events).toEqual(["removed", "inserted"]);
    await expect(device.sign(session, { key: uri, algorithm: "Ed25519", input })).rejects.toMatchObject({
      code: "session-lost",
    });
    await device.close();
  });

  it("refuses a session that is in use, as PKCS#11 does", async () => {
    const device = await connect({ latencyMilliseconds: 5 });
    const { uri } = await device.generateKey(request);
    const session = await device.openSession();
    const sign = () => device.sign(session, { key: uri, algorithm: "Ed25519", input });
    const outcomes = await Promise.allSettled([sign(), sign()]);
    expect(outcomes[0].status).toBe("fulfilled");
    expect(outcomes[1]).toMatchObject({ reason: { facts: { vendor: { name: "CKR_OPERATION_ACTIVE" } } } });
  });
});
