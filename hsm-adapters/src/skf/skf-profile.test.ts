import { describe, expect, it } from "vitest";

import { connectLoggedIn, connectSkf } from "../../testing/skf-fixture/connect-skf.ts";
import { skfTest } from "../../testing/skf-fixture/index.ts";
import type { SkfLayout } from "../../testing/skf-fixture/index.ts";
import { readSkfConfig } from "./index.ts";

/** The standard's profile with other fields. */
function profileWith(fields: object): object {
  return {
    format: "yinxin-device-profile/1",
    name: "changed",
    family: "skf",
    about: "for a test",
    extends: "skf-standard",
    ...fields,
  };
}

describe("a profile that does not fit", () => {
  const wrongLayouts: readonly (readonly [SkfLayout, string, string])[] = [
    ["standard", "skf-natural", "packing"],
    ["standard", "skf-ulong64", "ulongOctets"],
    ["natural", "skf-standard", "packing"],
    ["natural", "skf-ulong64-natural", "ulongOctets"],
    ["ulong64", "skf-standard", "ulongOctets"],
    ["ulong64", "skf-ulong64-natural", "packing"],
    ["ulong64-natural", "skf-ulong64", "packing"],
  ];
  for (const [layout, profile, profileField] of wrongLayouts) {
    skfTest(
      `is refused at opening, naming ${profileField}: ${profile} for ${layout}`,
      layout,
      async (place) => {
        place.calls();
        await expect(connectSkf(place, { profile })).rejects.toMatchObject({
          code: "profile-wrong",
          message: expect.stringContaining("SKF_GetDevInfo wrote") as string,
          facts: { profileField },
        });
        expect(place.calls()).not.toContain("SKF_VerifyPIN");
      },
    );
  }

  skfTest("is refused at opening, naming eccMaximumBits, when there is a key", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    await connection.generateKey({ label: "a", algorithm: "SM2" });
    await connection.close();
    const profile = profileWith({ eccMaximumBits: 256 });
    await expect(connectSkf(place, { profile })).rejects.toMatchObject({
      code: "profile-wrong",
      facts: { profileField: "eccMaximumBits" },
    });
  });

  const wrongInputs: readonly (readonly [SkfLayout, "digest" | "message"])[] = [
    ["standard", "message"],
    ["raw-message", "digest"],
  ];
  for (const [layout, signInput] of wrongInputs) {
    skfTest(
      `is refused at the login, naming signInput: ${signInput} for ${layout}`,
      layout,
      async (place) => {
        const right = await connectLoggedIn(place);
        await right.generateKey({ label: "a", algorithm: "SM2" });
        await right.close();
        const wrong = await connectSkf(place, { profile: profileWith({ signInput }) });
        place.calls();
        await expect(wrong.login(place.pin())).rejects.toMatchObject({
          code: "profile-wrong",
          facts: { profileField: "signInput" },
        });
        expect(place.calls()).toEqual(expect.arrayContaining(["SKF_ECCSignData", "SKF_ClearSecureState"]));
        expect(await wrong.pinStatus()).toMatchObject({ isLoggedIn: false });
        await wrong.close();
      },
    );
  }

  skfTest(
    "is named when the number of SM2 is another, and no container is left",
    "natural",
    async (place) => {
      const algorithmIds = { sm2Sign: "0x00020200" };
      const connection = await connectLoggedIn(place, {
        profile: profileWith({ algorithmIds, packing: "natural" }),
      });
      place.calls();
      await expect(connection.generateKey({ label: "a", algorithm: "SM2" })).rejects.toMatchObject({
        code: "algorithm-not-supported",
        facts: { profileField: "algorithmIds", vendor: { name: "SAR_NOTSUPPORTYETERR" } },
      });
      expect(place.calls()).toContain("SKF_DeleteContainer");
      await connection.close();
    },
  );

  skfTest("does not hide a wrong PIN: a try that is gone says so", "raw-message", async (place) => {
    const connection = await connectSkf(place, { profile: profileWith({ signInput: "message" }) });
    await expect(connection.login(new TextEncoder().encode("000000"))).rejects.toMatchObject({
      code: "pin-incorrect",
      facts: { remainingTries: 5, vendor: { number: 0x0a000029, name: "SAR_USER_PIN_NOT_INITIALIZED" } },
    });
    await connection.close();
  });
});

describe("the map of errors in a profile", () => {
  skfTest("may say what one function means by a number", "standard", async (place) => {
    const maker = await connectLoggedIn(place);
    await maker.generateKey({ label: "a", algorithm: "SM2" });
    place.tell("SKF_ExportPublicKey fail 0A000001");
    await expect(maker.listKeys()).rejects.toMatchObject({ code: "device-error" });
    const errorMap = { "SKF_ExportPublicKey 0x0A000001": { code: "key-not-found", name: "SAR_FAIL" } };
    const other = await connectSkf(place, { profile: profileWith({ errorMap }) });
    expect(await other.listKeys()).toEqual([]);
    await Promise.all([maker.close(), other.close()]);
  });
});

describe("the configuration of an SKF device", () => {
  it("is the standard's profile and a device of its own unless it says otherwise", () => {
    expect(readSkfConfig({ library: "/opt/libvendor.so" })).toMatchObject({
      library: "/opt/libvendor.so",
      profile: { name: "skf-standard", packing: "1", ulongOctets: 4, signInput: "digest" },
      isShared: false,
    });
  });

  it.each([
    [undefined, "not an object"],
    [{}, "library: it is missing"],
    [{ library: 7 }, "library: it is not a text"],
    [{ library: "a", pin: "648219" }, "pin: there is no such field"],
    [{ library: "a", isShared: "yes" }, "isShared"],
    [{ library: "a", pollMilliseconds: 0 }, "pollMilliseconds"],
    [{ library: "a", device: "a\0b" }, "device"],
    [{ library: "a", profile: "skf-nobody" }, "skf-nobody"],
    [{ library: "a", profile: "sdf-standard" }, "is for sdf devices"],
    [{ library: "a", profile: profileWith({ calls: "asynchronous" }) }, "profile.calls"],
  ])("is refused as %j, with the field", (config, words) => {
    expect(() => readSkfConfig(config)).toThrow(
      expect.objectContaining({
        code: "configuration-malformed",
        message: expect.stringContaining(words) as string,
      }) as Error,
    );
  });
});
