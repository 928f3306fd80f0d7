import { utf8Of } from "@yinxin/crypto/bytes";
import { describe, expect } from "vitest";

import { connectLoggedIn, connectSkf } from "../../testing/skf-fixture/connect-skf.ts";
import { skfPinTries, skfTest } from "../../testing/skf-fixture/index.ts";
import type { DeviceEvent } from "../driver/index.ts";
import { driver } from "./index.ts";

describe("the PIN of an SKF application", () => {
  skfTest("is not tried by opening the device or asking about it", "standard", async (place) => {
    place.calls();
    const connection = await connectSkf(place);
    expect(await connection.pinStatus()).toEqual({
      isNeeded: true,
      isLoggedIn: false,
      isLocked: false,
      isLastTry: false,
      isDefault: false,
      remainingTries: skfPinTries,
      hasPinPad: false,
    });
    await connection.listKeys();
    expect(place.calls()).not.toContain("SKF_VerifyPIN");
    await connection.close();
  });

  skfTest("is tried once at a login, and the octets are overwritten", "standard", async (place) => {
    const connection = await connectSkf(place);
    place.calls();
    const wrong = utf8Of("111222");
    await expect(connection.login(wrong)).rejects.toMatchObject({
      code: "pin-incorrect",
      facts: { remainingTries: skfPinTries - 1 },
    });
    expect(wrong).toEqual(new Uint8Array(6));
    expect(place.calls().filter((call) => call === "SKF_VerifyPIN")).toHaveLength(1);
    expect(await connection.pinStatus()).toMatchObject({ remainingTries: 5, isLoggedIn: false });
    await connection.login(place.pin());
    expect(await connection.pinStatus()).toMatchObject({ remainingTries: 6, isLoggedIn: true });
    await connection.close();
  });

  skfTest("says when it is the last try, and is locked after it", "standard", async (place) => {
    place.setPin({ remaining: 1 });
    const connection = await connectSkf(place);
    const events: DeviceEvent[] = [];
    connection.onEvent((event) => events.push(event));
    expect(await connection.pinStatus()).toMatchObject({ isLastTry: true, remainingTries: 1 });
    const locked = { code: "pin-locked", facts: { remainingTries: 0 } };
    await expect(connection.login(utf8Of("111222"))).rejects.toMatchObject(locked);
    expect(events).toEqual([{ kind: "pin-low", remainingTries: 0 }]);
    expect(await connection.pinStatus()).toMatchObject({ isLocked: true, isLastTry: false });
    await expect(connection.login(place.pin())).rejects.toMatchObject(locked);
    await connection.close();
  });

  skfTest("says that it is still the one from the factory", "standard", async (place) => {
    place.setPin({ isDefault: true });
    const connection = await connectSkf(place);
    expect(await connection.pinStatus()).toMatchObject({ isDefault: true });
    await connection.close();
  });

  skfTest("is not tried if it cannot be one, and one is needed", "standard", async (place) => {
    const connection = await connectSkf(place);
    place.calls();
    for (const pin of ["", "12\u00003456", "1".repeat(65)])
      await expect(connection.login(utf8Of(pin))).rejects.toMatchObject({ code: "pin-incorrect" });
    await expect(connection.login(undefined)).rejects.toMatchObject({ code: "pin-required" });
    expect(place.calls()).not.toContain("SKF_VerifyPIN");
    expect(await connection.pinStatus()).toMatchObject({ remainingTries: skfPinTries });
    await connection.close();
  });

  skfTest("is needed again after logging out: login-lost", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
    const session = await connection.openSession();
    const request = { key: uri, algorithm: "SM2", input: new Uint8Array(32).fill(1) } as const;
    expect(await connection.sign(session, request)).toHaveLength(64);
    place.calls();
    await connection.logout();
    expect(place.calls()).toContain("SKF_ClearSecureState");
    await expect(connection.sign(session, request)).rejects.toMatchObject({
      code: "login-lost",
      facts: { vendor: { family: "skf", name: "SAR_USER_NOT_LOGGED_IN", call: "SKF_ECCSignData" } },
    });
    await connection.login(place.pin());
    expect(await connection.sign(session, request)).toHaveLength(64);
    await connection.close();
  });
});

describe("a device that another program uses too", () => {
  skfTest("is locked around each login and each use of a key, and no longer", "standard", async (place) => {
    const connection = await connectLoggedIn(place, { isShared: true });
    const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
    const session = await connection.openSession();
    const request = { key: uri, algorithm: "SM2", input: new Uint8Array(32).fill(1) } as const;
    await connection.sign(session, request);
    place.calls();
    await connection.sign(session, request);
    expect(place.calls()).toEqual(["SKF_LockDev", "SKF_ECCSignData", "SKF_UnlockDev"]);
    const other = await connectLoggedIn(place, { isShared: true });
    await Promise.all([connection.close(), other.close()]);
  });

  skfTest("is busy while the other program holds it", "standard", async (place) => {
    place.tell("SKF_UnlockDev fail 0A000001");
    const holder = await connectLoggedIn(place, { isShared: true });
    const waiting = await driver.open({
      library: place.library,
      profile: place.profile,
      isShared: true,
      lockMilliseconds: 20,
    });
    const pin = place.pin();
    const login = Promise.resolve().then(() => waiting.login(pin));
    await expect(login).rejects.toMatchObject({
      code: "device-busy",
      facts: { vendor: { call: "SKF_LockDev", name: "SAR_TIMEOUTERR" } },
    });
    expect(pin).toEqual(new Uint8Array(6));
    await Promise.all([holder.close(), waiting.close()]);
  });
});
