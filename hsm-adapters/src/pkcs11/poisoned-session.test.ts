import { afterAll, beforeAll, describe, expect } from "vitest";

import { findTool, toolTest } from "../../../scripts/testing/tools.ts";
import { createForwarder, pkcs11FixtureTools } from "../../testing/pkcs11-fixture.ts";
import type { Forwarder } from "../../testing/pkcs11-fixture.ts";
import { createSoftHsm, softHsmTools } from "../../testing/softhsm.ts";
import type { SoftHsm } from "../../testing/softhsm.ts";
import { connectInProcess } from "../driver/index.ts";
import type { DeviceConnection, DeviceKey, SignRequest } from "../driver/index.ts";
import { driver } from "./index.ts";

const tools = [...softHsmTools, ...pkcs11FixtureTools];

describe("a session of the PKCS#11 driver", () => {
  let softHsm: SoftHsm;
  let forwarder: Forwarder;
  let connection: DeviceConnection;
  let key: DeviceKey;
  const isThere = tools.every((tool) => findTool(tool) !== undefined);
  const request = (): SignRequest => ({
    key: key.uri,
    algorithm: "ES256",
    input: new Uint8Array(32).fill(3),
  });

  beforeAll(async () => {
    if (!isThere) return;
    softHsm = createSoftHsm("poison");
    forwarder = createForwarder(softHsm.folder, softHsm.library);
    Object.assign(process.env, softHsm.environment, forwarder.environment);
    const { library } = forwarder;
    connection = await connectInProcess(driver, { library, token: { serial: softHsm.serial } });
    await connection.login(softHsm.pin());
    key = await connection.generateKey({ label: "poison", algorithm: "ES256" });
  });
  afterAll(async () => {
    if (!isThere) return;
    await connection.close();
    softHsm.dispose();
  });

  const failures = [
    ["CKR_DEVICE_ERROR", 0x30, "device-error"],
    ["CKR_SESSION_HANDLE_INVALID", 0xb3, "session-lost"],
    ["CKR_DEVICE_REMOVED", 0x32, "device-removed"],
    ["CKR_VENDOR_DEFINED", 0x8000_0123, "vendor-error"],
  ] as const;
  for (const [name, number, code] of failures) {
    toolTest(tools, `never signs again after ${name}, and another session does`, async () => {
      const session = await connection.openSession();
      forwarder.spoil(`fail=${String(number)}`, "once");
      await expect(connection.sign(session, request())).rejects.toMatchObject({
        code,
        facts: { vendor: { family: "pkcs11", number, name, call: "C_Sign" } },
      });
      // The library itself would answer CKR_OPERATION_ACTIVE from here on.
      await expect(connection.sign(session, request())).rejects.toMatchObject({ code: "session-lost" });
      await expect(connection.validateSession(session)).rejects.toMatchObject({ code: "session-lost" });
      await connection.closeSession(session);
      const another = await connection.openSession();
      expect(await connection.sign(another, request())).toHaveLength(64);
      await connection.closeSession(another);
    });
  }

  toolTest(tools, "passes on an empty signature as it is: the client verifies", async () => {
    const session = await connection.openSession();
    forwarder.spoil("empty", "once");
    expect(await connection.sign(session, request())).toHaveLength(0);
    expect(await connection.sign(session, request())).toHaveLength(64);
    await connection.closeSession(session);
  });

  toolTest(tools, "waits for a slow device beside others, each with its own signature", async () => {
    const { library } = forwarder;
    const slow = await connectInProcess(driver, {
      library,
      token: { serial: softHsm.serial },
      calls: "asynchronous",
    });
    await slow.login(softHsm.pin());
    forwarder.spoil("delay=20000");
    const sessions = await Promise.all([0, 1, 2, 3].map(() => slow.openSession()));
    // Garbage is made while the library reads and writes the buffers.
    const collecting = setInterval(() => Array.from({ length: 1000 }, () => new Uint8Array(1000)), 1);
    const signatures = await Promise.all(sessions.map((session) => slow.sign(session, request())));
    clearInterval(collecting);
    forwarder.heal();
    expect(new Set(signatures.map((each) => Buffer.from(each).toString("hex"))).size).toBe(4);
    for (const signature of signatures) expect(signature).toHaveLength(64);
    await slow.close();
  });

  toolTest(tools, "waits for what is being signed before the library is initialised again", async () => {
    const session = await connection.openSession();
    forwarder.spoil("delay=50000", "once");
    const signing = connection.sign(session, request());
    const refreshing = connection.refresh();
    expect(await signing).toHaveLength(64);
    await refreshing;
    await connection.login(softHsm.pin());
    expect(await connection.findKey(key.uri)).toEqual(key);
  });
});
