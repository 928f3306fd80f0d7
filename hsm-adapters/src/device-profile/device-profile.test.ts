import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import {
  builtInProfileFile,
  createUlong,
  eccCipherLayout,
  eccPublicKeyLayout,
  eccSignatureLayout,
  errorOfNumber,
  loadDeviceProfile,
  readSkfDeviceInfo,
  readUlong,
  rsaPublicKeyLayout,
  sdfDeviceInfoLayout,
  skfDeviceInfoLayout,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-profile-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const standard = loadDeviceProfile("sdf-standard", "sdf");
const sansec = loadDeviceProfile("sdf-sansec", "sdf");
const small = { name: "mine", format: standard.format, family: "sdf", about: "", extends: "sdf-standard" };

/** Other families have profiles of another shape in the same folder. */
const builtInNames = readdirSync(join(builtInProfileFile("x"), ".."))
  .map((file) => file.replace(/\.json$/, ""))
  .filter((name) => /^(sdf|skf)-/.test(name));

function refusal(json: unknown): unknown {
  try {
    return loadDeviceProfile(json, "sdf");
  } catch (cause) {
    const { code, facts } = cause as { code: string; facts: { profileField?: string } };
    return [code, facts.profileField];
  }
}

describe("a device profile", () => {
  it.each(builtInNames)("%s, which comes with Yinxin, is read and called as its file", (name) => {
    expect(loadDeviceProfile(name, name.startsWith("sdf-") ? "sdf" : "skf").name).toBe(name);
  });

  it("takes what it does not say from the one it extends, and merges maps by their keys", () => {
    expect(sansec).toMatchObject({ eccMaximumBits: 256, signInput: standard.signInput });
    expect(sansec.algorithmIds).toMatchObject({ sm4Cbc: 0x2002, sm3: standard.algorithmIds.sm3 });
    expect(sansec.errorMap.size).toBeGreaterThan(standard.errorMap.size);
  });

  it("is read from a file by its absolute path", () => {
    const file = join(folder, "mine.json");
    writeFileSync(file, JSON.stringify({ ...small, eccMaximumBits: 256 }));
    expect(loadDeviceProfile(file, "sdf")).toMatchObject({ name: "mine", eccMaximumBits: 256 });
  });

  it.each([
    ["unknown", { ...small, eccMaxBits: 256 }, "eccMaxBits"],
    ["of the wrong type", { ...small, ulongOctets: "8" }, "ulongOctets"],
    ["out of range", { ...small, eccMaximumBits: 384 }, "eccMaximumBits"],
    ["missing", { ...small, extends: undefined }, "eccMaximumBits"],
    ["of a layout with a member twice", { ...small, cipherLayout: "x,y,M,L,L" }, "cipherLayout"],
    ["of a layout with an unknown member", { ...small, cipherLayout: "x,y,M,L,Q" }, "cipherLayout"],
    ["of a text without bounds inside", { ...small, cipherLayout: "x,y,C,L,M" }, "cipherOctets"],
    ["of an unknown algorithm", { ...small, algorithmIds: { sm9: 1 } }, "algorithmIds.sm9"],
    ["of a number that is none", { ...small, algorithmIds: { sm3: "one" } }, "algorithmIds.sm3"],
    ["of an error without number", { ...small, errorMap: { PARDENY: {} } }, "errorMap.PARDENY"],
    [
      "of a code outside the closed set",
      { ...small, errorMap: { "0x1": { code: "oops", name: "X" } } },
      "errorMap.0x1.code",
    ],
    [
      "of an argument without value",
      { ...small, extraArguments: { SDF_F: [{ position: 1 }] } },
      "extraArguments.SDF_F.0.value",
    ],
    [
      "of a password's bounds",
      { ...small, passwordRule: { minimumOctets: 257 } },
      "passwordRule.minimumOctets",
    ],
    ["of a profile that there is not", { ...small, extends: "sdf-nobody" }, "extends"],
    ["of a profile that extends another", { ...small, extends: "sdf-sansec" }, "extends"],
    ["of another family", { ...small, family: "skf" }, "family"],
    ["of another format", { ...small, format: "yinxin-device-profile/2" }, "format"],
  ])("with a field %s is refused by its name", (_what, json, field) => {
    expect(refusal(json)).toEqual(["configuration-malformed", field]);
  });

  it.each([
    ["nothing", undefined],
    ["a list", []],
    ["the name of nobody", "sdf-nobody"],
    ["a path through the folders", "../package"],
    ["a file that is not there", "/nowhere/profile.json"],
    ["a file that is not JSON", import.meta.filename],
  ])("is refused if it is %s", (_what, given) => {
    expect(refusal(given)).toEqual(["configuration-malformed", expect.any(String)]);
  });
});

describe("the sizes that published headers state", () => {
  it("are those of GM/T 0018-2012 with 512 bits, and of a vendor with 256", () => {
    expect(sdfDeviceInfoLayout(standard).size).toBe(100);
    expect(eccPublicKeyLayout(standard).size).toBe(132);
    expect(eccSignatureLayout(standard).size).toBe(128);
    expect(eccCipherLayout(standard, 0).members).toMatchObject({
      x: { offset: 0 },
      y: { offset: 64 },
      M: { offset: 128 },
      L: { offset: 160 },
      C: { offset: 164 },
    });
    expect(rsaPublicKeyLayout(standard).size).toBe(516);
    expect([eccPublicKeyLayout(sansec).size, eccSignatureLayout(sansec).size]).toEqual([68, 64]);
    expect(eccCipherLayout(sansec, 9).members).toMatchObject({
      L: { offset: 0 },
      x: { offset: 4 },
      C: { offset: 68, octets: 136 },
      M: { offset: 204 },
    });
  });

  it("are those of DEVINFO in GM/T 0016-2012, packed and as a compiler aligns it", () => {
    expect(skfDeviceInfoLayout({ packing: "1", ulongOctets: 4 }).size).toBe(294);
    const natural = skfDeviceInfoLayout({ packing: "natural", ulongOctets: 4 });
    expect([natural.size, natural.members.AlgSymCap.offset]).toEqual([296, 200]);
    const struct = new Uint8Array(296);
    struct.set(new TextEncoder().encode("K5-0042"), natural.members.SerialNumber.offset);
    struct.set([3, 11], natural.members.FirmwareVersion.offset);
    expect(readSkfDeviceInfo({ packing: "natural", ulongOctets: 4 }, struct)).toMatchObject({
      serial: "K5-0042",
      firmware: "3.11",
    });
  });
});

describe("a number that a device answered", () => {
  it("becomes the code of the profile, with its name, number and function", () => {
    expect(errorOfNumber(standard, "SDF_InternalSign_ECC", 0x01000007)).toMatchObject({
      code: "login-lost",
      facts: {
        vendor: { family: "sdf", number: 0x01000007, name: "SDR_PARDENY", call: "SDF_InternalSign_ECC" },
      },
    });
  });

  it("may mean something else from one function", () => {
    const gmssl = loadDeviceProfile("sdf-gmssl", "sdf");
    expect(errorOfNumber(gmssl, "SDF_InternalSign_ECC", 0x0100001d).code).toBe("login-lost");
    expect(errorOfNumber(gmssl, "SDF_OpenSession", 0x0100001d).code).toBe("vendor-error");
  });

  it("is vendor-error with the number if nobody knows it, also a negative one", () => {
    const error = errorOfNumber(standard, "SDF_OpenSession", -2);
    expect(error).toMatchObject({ code: "vendor-error", facts: { vendor: { number: 0xfffffffe } } });
    expect(error.message).toContain("0xfffffffe");
  });
});

describe("a ULONG that a device writes", () => {
  it("has eight octets of room, and tells when more were written than the profile says", () => {
    const memory = createUlong(7);
    expect([memory.length, readUlong(standard, "F", memory)]).toEqual([8, 7]);
    memory[6] = 1;
    expect(() => readUlong(standard, "F", memory)).toThrow(
      expect.objectContaining({ code: "profile-wrong", facts: { profileField: "ulongOctets" } }) as Error,
    );
  });
});

describe("the text of every profile that comes with Yinxin", () => {
  it("is JSON that ends with a line break", () => {
    expect(readFileSync(builtInProfileFile("sdf-standard"), "utf8").endsWith("}\n")).toBe(true);
  });
});
