import { openLibrary } from "../native/index.ts";
import { describe, expect } from "vitest";

import { connectLoggedIn, connectSkf } from "../../testing/skf-fixture/connect-skf.ts";
import { createSkfPlace, skfTest } from "../../testing/skf-fixture/index.ts";
import type { DeviceEvent } from "../driver/index.ts";

const input = new Uint8Array(32).fill(1);

describe("an SKF device that is pulled out", () => {
  skfTest(
    "is device-removed until it is back, and then opened anew without the login",
    "standard",
    async (place) => {
      const connection = await connectLoggedIn(place);
      const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
      const session = await connection.openSession();
      const request = { key: uri, algorithm: "SM2", input } as const;
      await connection.sign(session, request);
      place.remove();
      const removed = { code: "device-removed" };
      await expect(connection.sign(session, request)).rejects.toMatchObject({
        ...removed,
        facts: { vendor: { number: 0x0a000023, name: "SAR_DEVICE_REMOVED", call: "SKF_ECCSignData" } },
      });
      await expect(connection.validateSession(session)).rejects.toMatchObject(removed);
      await expect(connection.openSession()).rejects.toMatchObject(removed);
      await expect(connection.refresh()).rejects.toMatchObject(removed);
      place.insert();
      await expect(connection.validateSession(session)).rejects.toMatchObject({ code: "session-lost" });
      const next = await connection.openSession();
      expect(await connection.pinStatus()).toMatchObject({ isLoggedIn: false });
      await expect(connection.sign(next, request)).rejects.toMatchObject({ code: "login-lost" });
      await connection.login(place.pin());
      expect(await connection.sign(next, request)).toHaveLength(64);
      await connection.close();
    },
  );

  skfTest("and put back between two calls has lost its handles and its login", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
    const session = await connection.openSession();
    place.remove();
    place.insert();
    const request = { key: uri, algorithm: "SM2", input } as const;
    await expect(connection.sign(session, request)).rejects.toMatchObject({ code: "device-removed" });
    await connection.refresh();
    await connection.login(place.pin());
    const next = await connection.openSession();
    expect(await connection.sign(next, request)).toHaveLength(64);
    await connection.close();
  });

  skfTest("and put back tells of both by itself", "standard", async (place) => {
    const connection = await connectSkf(place, { pollMilliseconds: 5 });
    const events: DeviceEvent[] = [];
    connection.onEvent((event) => events.push(event));
    place.remove();
    await expect.poll(() => events).toEqual([{ kind: "removed" }]);
    place.insert();
    await expect.poll(() => events).toEqual([{ kind: "removed" }, { kind: "inserted" }]);
    await connection.close();
  });

  skfTest("and replaced by another device is not taken for it", "standard", async () => {
    const place = createSkfPlace("standard", [
      { name: "YX-1", serial: "0001", applications: ["yinxin"] },
      { name: "YX-2", serial: "0002", applications: ["yinxin"] },
    ]);
    try {
      place.remove("YX-2");
      const connection = await connectSkf(place);
      expect(connection.device.serial).toBe("0001");
      place.remove("YX-1");
      place.insert("YX-2");
      await expect(connection.refresh()).rejects.toMatchObject({
        code: "device-removed",
        facts: { seen: ["YX-2 (serial number 0002)"] },
      });
      place.insert("YX-1");
      await connection.refresh();
      await connection.close();
    } finally {
      place.dispose();
    }
  });
});

describe("an SKF library", () => {
  skfTest("has no handle left after a hundred openings, lists and closings", "standard", async (place) => {
    const maker = await connectLoggedIn(place);
    await maker.generateKey({ label: "a", algorithm: "SM2" });
    await maker.close();
    for (let round = 0; round < 100; round += 1) {
      const connection = await connectLoggedIn(place);
      await connection.listKeys();
      await connection.refresh();
      await connection.close();
    }
    const library = await openLibrary(place.library);
    expect(library.declare("fixture_open_handles", "u32", [])()).toBe(0);
  });

  skfTest(
    "is told the device and the application, by name or serial number, where there are several",
    "standard",
    async () => {
      const place = createSkfPlace("standard", [
        { name: "第一", serial: "0001", applications: ["a", "印章"] },
        { name: "YX-2", serial: "0002", applications: ["only"] },
      ]);
      const seen = ["YX-2 (serial number 0002)", "第一 (serial number 0001)"];
      try {
        await expect(connectSkf(place)).rejects.toMatchObject({ code: "token-not-found", facts: { seen } });
        await expect(connectSkf(place, { device: "other" })).rejects.toMatchObject({
          code: "token-not-found",
          message: "there is no device that is other",
          facts: { seen, library: place.library },
        });
        const byName = await connectSkf(place, { device: "第一", application: "印章" });
        const bySerial = await connectSkf(place, { device: "0002" });
        expect([byName.device.label, bySerial.device.label]).toEqual([
          "SKF fixture 印章",
          "SKF fixture only",
        ]);
        await expect(connectSkf(place, { device: "0001" })).rejects.toMatchObject({
          code: "token-not-found",
          message: "there is more than one application",
          facts: { seen: ["a", "印章"] },
        });
        await Promise.all([byName.close(), bySerial.close()]);
      } finally {
        place.dispose();
      }
    },
  );
});
