import { utf8Of } from "@yinxin/crypto/bytes";
import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import {
  connectLoggedIn,
  createDevice,
  isRight,
  keyNamed,
  sign,
} from "../../testing/sdf-fixture/connect-sdf.ts";
import { sdfFixtureTools } from "../../testing/sdf-fixture/index.ts";

describe("an SDF library that misbehaves", () => {
  toolTest(sdfFixtureTools, "by answering OK and writing nothing is noticed at the login", async () => {
    createDevice().setFault({ kind: "silent", at: 1 });
    await expect(connectLoggedIn()).rejects.toMatchObject({
      code: "self-check-failed",
      message: expect.stringContaining("wrote no signature") as unknown,
    });
  });

  toolTest(
    sdfFixtureTools,
    "in that way later gives a signature of zeros, which does not verify",
    async () => {
      createDevice().setFault({ kind: "silent", at: 2 });
      const connection = await connectLoggedIn();
      const key = await keyNamed(connection, ";index=1");
      expect(await sign(connection, key, utf8Of("contract"))).toEqual(new Uint8Array(64));
    },
  );

  toolTest(
    sdfFixtureTools,
    "by writing behind its buffer harms nothing, and is named with the field of the profile",
    async () => {
      createDevice().setFault({ kind: "overrun", at: 2 });
      const connection = await connectLoggedIn();
      const key = await keyNamed(connection, ";index=1");
      await expect(sign(connection, key, utf8Of("contract"))).rejects.toMatchObject({
        code: "profile-wrong",
        facts: { profileField: "eccMaximumBits" },
        message: expect.stringContaining("wrote up to octet 144 where the profile expects 128") as unknown,
      });
    },
  );

  toolTest(sdfFixtureTools, "by opening another device is not believed that it is the same", async () => {
    const state = createDevice();
    const connection = await connectLoggedIn();
    const serial = connection.device.serial;
    state.setSerial("2026010100109999");
    await expect(connection.refresh()).rejects.toMatchObject({
      code: "device-removed",
      facts: { seen: ["2026010100109999"] },
    });
    state.setSerial(serial);
    await connection.refresh();
    expect(await connection.listKeys()).not.toEqual([]);
  });

  toolTest(sdfFixtureTools, "by losing its device says so until the device is opened anew", async () => {
    const state = createDevice();
    state.setFault({ kind: "lose", at: 3 });
    const connection = await connectLoggedIn();
    const key = await keyNamed(connection, ";index=1");
    const session = await connection.openSession();
    expect(isRight(key, utf8Of("x"), await sign(connection, key, utf8Of("x")))).toBe(true);
    const lost = { code: "device-error", facts: { vendor: { name: "SDR_COMMFAIL", number: 0x01000003 } } };
    await expect(sign(connection, key, utf8Of("x"))).rejects.toMatchObject(lost);
    await expect(connection.validateSession(session)).rejects.toMatchObject(lost);
    state.setFault(undefined);
    await connection.refresh();
    expect(isRight(key, utf8Of("x"), await sign(connection, key, utf8Of("x")))).toBe(true);
  });
});
