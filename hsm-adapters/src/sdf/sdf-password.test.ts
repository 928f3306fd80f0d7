import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import {
  connect,
  connectLoggedIn,
  createDevice,
  isRight,
  keyNamed,
  openDevice,
  profileJson,
  sign,
} from "../../testing/sdf-fixture/connect-sdf.ts";
import { buildSdfFixture, sdfFixtureTools, sdfPassword } from "../../testing/sdf-fixture/index.ts";

describe("the password of an SDF device", () => {
  toolTest(sdfFixtureTools, "is overwritten once it was shown, and needed before a key signs", async () => {
    createDevice();
    const device = await openDevice();
    const [key] = await device.listKeys();
    const session = await device.openSession();
    const request = { key: key?.uri ?? "sdf:", algorithm: "SM2", input: new Uint8Array(32) } as const;
    await expect((async () => session.sign(request))()).rejects.toMatchObject({ code: "pin-required" });
    const pin = utf8Of(sdfPassword);
    await device.login(pin);
    expect(pin).toEqual(new Uint8Array(pin.length));
    expect(await device.pinStatus()).toMatchObject({ isNeeded: true, isLoggedIn: true, isLocked: false });
    expect(await session.sign(request)).toHaveLength(64);
    await device.logout();
    expect(await device.pinStatus()).toMatchObject({ isLoggedIn: false });
  });

  toolTest(sdfFixtureTools, "that is wrong is shown once, however many sessions want it", async () => {
    const state = createDevice();
    state.fillIndex(2);
    state.setPassword("another", 2);
    const connection = await connectLoggedIn();
    const key = await keyNamed(connection, ";index=2");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, () => sign(connection, key, utf8Of("contract"))),
    );
    expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as unknown)).toEqual(
      outcomes.map(() => expect.objectContaining({ code: "pin-incorrect" }) as unknown),
    );
    // The device counted one.
    for (let tries = 2; tries <= 5; tries += 1) {
      await expect(connection.login(utf8Of("guess"))).rejects.toMatchObject({ code: "pin-incorrect" });
    }
    await connection.login(utf8Of(sdfPassword));
    expect(await sign(connection, await keyNamed(connection, ";index=1"), utf8Of("x"))).toHaveLength(64);
  });

  toolTest(sdfFixtureTools, "locks when it was wrong too often, and that is said", async () => {
    createDevice();
    const connection = await connect();
    const codes: unknown[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      await connection.login(utf8Of("guess")).catch((cause: unknown) => {
        codes.push((cause as { code: unknown }).code);
      });
    }
    expect(codes).toEqual([...Array<string>(5).fill("pin-incorrect"), "pin-locked"]);
    expect(await connection.pinStatus()).toMatchObject({ isLocked: true, isLoggedIn: false });
  });

  toolTest(sdfFixtureTools, "may be another for each index, in lines of the PIN", async () => {
    const state = createDevice();
    state.fillIndex(2);
    state.setPassword("one=1", 1);
    state.setPassword("two", 2);
    const profile = { ...(await profileJson("standard")), passwordRule: { scope: "index" } };
    const connection = await connect("standard", { profile });
    await connection.login(utf8Of("1=one=1\n2=two\n"));
    for (const index of [1, 2]) {
      const key = await keyNamed(connection, `;index=${String(index)}`);
      expect(isRight(key, utf8Of("x"), await sign(connection, key, utf8Of("x")))).toBe(true);
    }
    for (const lines of ["one", "1=one=1\n1=two", "1=one=1\nx=two"])
      await expect(connection.login(utf8Of(lines))).rejects.toMatchObject({
        code: "configuration-malformed",
      });
  });

  toolTest(sdfFixtureTools, "is shown once also if nobody knows the number that refuses it", async () => {
    const state = createDevice();
    state.fillIndex(2);
    state.setPassword("another", 2);
    // By the standard's profile, which does not have GmSSL's number for a wrong password.
    const { library } = await buildSdfFixture("gmssl");
    const connection = await connect("standard", { library });
    await connection.login(utf8Of(sdfPassword));
    const key = await keyNamed(connection, ";index=2");
    for (let tries = 0; tries < 8; tries += 1)
      await expect(sign(connection, key, utf8Of("x"))).rejects.toMatchObject({
        code: "pin-incorrect",
        facts: { vendor: { number: 0x01000100 } },
      });
    expect(readFileSync(join(state.folder, "wrong-2"))).toHaveLength(1);
  });

  toolTest(sdfFixtureTools, "is not shown with the end of a line in it", async () => {
    const state = createDevice();
    const connection = await connect();
    for (const end of ["\r", "\n", "\u0000"])
      await expect(connection.login(utf8Of(`${sdfPassword}${end}`))).rejects.toMatchObject({
        code: "pin-incorrect",
      });
    expect(existsSync(join(state.folder, "wrong-1"))).toBe(false);
  });

  toolTest(
    sdfFixtureTools,
    "has one meaning with every vendor: pin-incorrect, and login-lost without it",
    async () => {
      createDevice();
      for (const layout of ["standard", "sansec", "gmssl"] as const) {
        const connection = await connect(layout);
        await expect(connection.login(utf8Of("guess"))).rejects.toMatchObject({ code: "pin-incorrect" });
        // By a profile that says that there is no password, the key is used without it.
        const profile = { ...(await profileJson(layout)), passwordRule: { scope: "none" } };
        const careless = await connect(layout, { profile });
        const key = await keyNamed(careless, ";index=1");
        await expect(sign(careless, key, utf8Of("x"))).rejects.toMatchObject({ code: "login-lost" });
      }
    },
  );
});
