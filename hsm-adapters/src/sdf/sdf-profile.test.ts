import { utf8Of } from "@yinxin/crypto/bytes";
import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import {
  connect,
  connectLoggedIn,
  createDevice,
  keyNamed,
  profileJson,
  sign,
} from "../../testing/sdf-fixture/connect-sdf.ts";
import {
  buildSdfFixture,
  sdfFixtureTools,
  sdfLayouts,
  sdfPassword,
} from "../../testing/sdf-fixture/index.ts";
import type { SdfLayout } from "../../testing/sdf-fixture/index.ts";
import { loadDeviceProfile } from "../device-profile/index.ts";
import { driver, findFittingProfile, readSdfConfig } from "./index.ts";

const wrong = (profileField: string, value: string): object => ({
  code: "profile-wrong",
  facts: { profileField },
  message: expect.stringContaining(value) as unknown,
});

describe("a profile that does not fit an SDF device", () => {
  const misfits: readonly [SdfLayout, object, string, string][] = [
    ["standard", { eccMaximumBits: 256 }, "eccMaximumBits", "the value that fits is 512"],
    ["sansec", { eccMaximumBits: 512 }, "eccMaximumBits", "the value that fits is 256"],
    ["long-numbers", { ulongOctets: 4 }, "ulongOctets", "the value that fits is 8"],
    ["standard", { ulongOctets: 8 }, "ulongOctets", "the value that fits is 4"],
    ["sansec", { cipherLayout: "x,y,M,L,C" }, "cipherLayout", '"L,x,y,C,M"'],
    ["standard", { cipherLayout: "L,x,y,C,M", cipherOctets: 136 }, "cipherLayout", '"x,y,M,L,C"'],
  ];
  for (const [layout, fields, field, value] of misfits) {
    const name = `${layout} with ${JSON.stringify(fields)} is refused when the device is opened, with the value that fits`;
    toolTest(sdfFixtureTools, name, async () => {
      createDevice();
      const profile = { ...(await profileJson(layout)), ...fields };
      await expect(connect(layout, { profile })).rejects.toMatchObject(wrong(field, value));
    });
  }

  toolTest(
    sdfFixtureTools,
    "in what is signed is refused at the login, with the value that fits",
    async () => {
      createDevice();
      const profile = { ...(await profileJson("standard")), signInput: "message" };
      const connection = await connect("standard", { profile });
      await expect(connection.login(utf8Of(sdfPassword))).rejects.toMatchObject(
        wrong("signInput", 'the value that fits is "digest"'),
      );
      expect(await connection.pinStatus()).toMatchObject({ isLoggedIn: false });
    },
  );

  toolTest(
    sdfFixtureTools,
    "in what is signed is refused at the first signature where there is no login",
    async () => {
      createDevice();
      const profile = { ...(await profileJson("raw-message")), signInput: "digest" };
      const connection = await connect("raw-message", { profile });
      const key = await keyNamed(connection, ";index=1");
      await expect(sign(connection, key, utf8Of("x"))).rejects.toMatchObject(
        wrong("signInput", 'the value that fits is "message"'),
      );
    },
  );

  toolTest(sdfFixtureTools, "in the RSA structure or its arguments does not sign by it", async () => {
    const state = createDevice();
    state.fillIndex(2, "rsa");
    const json = await profileJson("sansec");
    const short = await connect("sansec", { profile: { ...json, rsaMaximumBits: 2048 } });
    await expect(short.listKeys()).rejects.toMatchObject(wrong("rsaMaximumBits", "wrote up to octet 1028"));
    const connection = await connectLoggedIn("sansec", {
      profile: {
        ...json,
        extraArguments: {
          SDF_InternalPrivateKeyOperation_RSA: [{ position: 2, value: 2 }],
        },
      },
    });
    const key = await keyNamed(connection, ";kind=rsa");
    await expect(sign(connection, key, utf8Of("x"))).rejects.toMatchObject({
      code: "vendor-error",
      facts: { vendor: { number: 0x0100001d, name: "SDR_INARGERR" } },
    });
  });
});

describe("finding the profile that fits", () => {
  const candidates = ["sdf-standard", "sdf-gmssl", "sdf-sansec", "sdf-raw-message"].map((name) =>
    loadDeviceProfile(name, "sdf"),
  );

  toolTest(
    sdfFixtureTools,
    "names the best of the candidates and why the others are wrong, and tries no password",
    async () => {
      createDevice();
      const best = await Promise.all(
        sdfLayouts.map(async (layout) => {
          const { library } = await buildSdfFixture(layout);
          const found = await findFittingProfile(library, candidates, [1, 2]);
          return [layout, found.best, found.findings.map(({ verdict, field }) => field ?? verdict)];
        }),
      );
      expect(best).toEqual([
        ["standard", "sdf-standard", ["fits", "fits", "eccMaximumBits", "passwordRule"]],
        ["sansec", "sdf-sansec", ["eccMaximumBits", "eccMaximumBits", "fits", "eccMaximumBits"]],
        ["raw-message", "sdf-raw-message", ["fits", "fits", "eccMaximumBits", "fits"]],
        ["long-numbers", undefined, ["ulongOctets", "ulongOctets", "eccMaximumBits", "ulongOctets"]],
        ["gmssl", "sdf-standard", ["fits", "fits", "eccMaximumBits", "untested"]],
      ]);
    },
  );

  toolTest(sdfFixtureTools, "says untested where there is no key to test with", async () => {
    const state = createDevice();
    state.emptyIndex(1);
    const { library } = await buildSdfFixture();
    const found = await findFittingProfile(library, candidates.slice(0, 1), [1]);
    expect(found).toMatchObject({
      device: { manufacturer: "Yinxin fixtures" },
      findings: [{ profile: "sdf-standard", verdict: "untested", tested: [] }],
      best: undefined,
    });
  });
});

describe("an SDF device whose first key comes later", () => {
  toolTest(sdfFixtureTools, "has its layout tested then", async () => {
    const state = createDevice();
    state.emptyIndex(1);
    const profile = { ...(await profileJson("sansec")), eccMaximumBits: 512 };
    const connection = await connect("sansec", { profile });
    expect(await connection.listKeys()).toEqual([]);
    state.fillIndex(1);
    await expect(connection.listKeys()).rejects.toMatchObject(wrong("eccMaximumBits", "256"));
  });
});

describe("the configuration of an SDF device", () => {
  it("names indexes one by one or as ranges, 1 to 8 if it says nothing", () => {
    const config = { library: "libvendor.so", profile: "sdf-standard" };
    expect(readSdfConfig(config).indexes).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(readSdfConfig({ ...config, indexes: "9,1-3,2-4" }).indexes).toEqual([1, 2, 3, 4, 9]);
  });

  it.each([
    ["nothing", undefined],
    ["no library", { profile: "sdf-standard" }],
    ["no profile", { library: "libvendor.so" }],
    ["a profile of SKF", { library: "libvendor.so", profile: "skf-standard" }],
    ["an unknown field", { library: "libvendor.so", profile: "sdf-standard", password: "12345678" }],
    ...["", "0", "8-1", "1-999", "a", "1-", "70000", "1,,2"].map((indexes): [string, unknown] => [
      `the indexes "${indexes}"`,
      { library: "libvendor.so", profile: "sdf-standard", indexes },
    ]),
  ])("with %s is refused before anything is loaded: configuration-malformed", async (_what, config) => {
    await expect(driver.open(config)).rejects.toMatchObject({ code: "configuration-malformed" });
  });

  toolTest(sdfFixtureTools, "with a library that is none is refused in the loader's words", async () => {
    const config = { library: "/nowhere/libvendor.so", profile: "sdf-standard" };
    await expect(driver.open(config)).rejects.toMatchObject({
      code: "library-not-loadable",
      facts: { library: "/nowhere/libvendor.so" },
    });
  });

  toolTest(
    sdfFixtureTools,
    "with a library of something else is refused: it has no SDF_OpenDevice",
    async () => {
      const config = { library: "libc.so.6", profile: "sdf-standard" };
      await expect(driver.open(config)).rejects.toMatchObject({
        code: "library-not-loadable",
        message: expect.stringContaining("SDF_OpenDevice") as unknown,
      });
    },
  );
});
