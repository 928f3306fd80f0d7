import { cpSync, rmSync } from "node:fs";

import { utf8Of } from "@yinxin/crypto/bytes";
import { issueCertificate } from "@yinxin/crypto/issuing";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { describe, expect } from "vitest";

import { connectLoggedIn, connectSkf } from "../../testing/skf-fixture/connect-skf.ts";
import { openSkfStore } from "../../testing/skf-fixture/open-skf-store.ts";
import { createSkfPlace, skfFixtureTools, skfPinTries, skfTest } from "../../testing/skf-fixture/index.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { parseKeyUri } from "../key-store/index.ts";

const utf8Mark = Uint8Array.of(0xef, 0xbb, 0xbf);

describe("containers whose names are alike", () => {
  skfTest(
    "are not taken for each other because one begins with a mark of UTF-8",
    "standard",
    async (place) => {
      const connection = await connectLoggedIn(place);
      const seal = await connection.generateKey({ label: "seal", algorithm: "SM2" });
      const other = await connection.generateKey({ label: "other", algorithm: "SM2" });
      const marked = place.containerFolder(Uint8Array.of(...utf8Mark, ...utf8Of("seal")));
      cpSync(place.containerFolder("other"), marked, { recursive: true });
      const uri = parseKeyUri(seal.uri.replace("container=seal", "container=%ef%bb%bfseal"));
      expect(await connection.findKey(uri)).toMatchObject({ uri, publicKey: other.publicKey });
      await connection.destroyKey(uri);
      expect(await connection.findKey(seal.uri)).toEqual(seal);
      expect(await connection.findKey(parseKeyUri(`${seal.uri};use=sign`))).toBeUndefined();
      await connection.close();
    },
  );

  skfTest("in two encodings are not used at all: nobody could say which", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    await connection.generateKey({ label: "other", algorithm: "SM2" });
    const other = place.containerFolder("other");
    cpSync(other, place.containerFolder("电子"), { recursive: true });
    cpSync(other, place.containerFolder(Uint8Array.of(0xb5, 0xe7, 0xd7, 0xd3)), { recursive: true });
    const uri = parseKeyUri("skf:serial=YX2026000001;application=yinxin;container=%e7%94%b5%e5%ad%90");
    await expect(connection.findKey(uri)).rejects.toMatchObject({ code: "vendor-error" });
    await expect(connection.destroyKey(uri)).rejects.toMatchObject({ code: "vendor-error" });
    expect(await connection.findKey(parseKeyUri(uri.replace("%e7%94%b5%e5%ad%90", "other")))).toBeDefined();
    await connection.close();
  });
});

describe("a container with two pairs", () => {
  skfTest(
    "is not deleted for the pair that signs: the other would be lost too",
    "standard",
    async (place) => {
      const connection = await connectLoggedIn(place);
      const { uri } = await connection.generateKey({ label: "both", algorithm: "SM2" });
      const folder = place.containerFolder("both");
      cpSync(`${folder}/sign.key`, `${folder}/enc.key`);
      await expect(connection.destroyKey(uri)).rejects.toMatchObject({ code: "operation-not-supported" });
      rmSync(`${folder}/enc.key`);
      await connection.destroyKey(uri);
      expect(await connection.findKey(uri)).toBeUndefined();
      await connection.close();
    },
  );
});

describe("a library that opens a container where it should make one", () => {
  skfTest("gets no key made over the one that is there", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    const seal = await connection.generateKey({ label: "seal", algorithm: "SM2" });
    place.tell("SKF_CreateContainer cut 4");
    await expect(connection.generateKey({ label: "seal-2027", algorithm: "SM2" })).rejects.toMatchObject({
      code: "key-exists",
    });
    place.tell();
    expect(await connection.findKey(seal.uri)).toEqual(seal);
    await connection.close();
  });
});

describe("a PIN that the device does not speak clearly of", () => {
  skfTest("stays wrong if the device cannot count its tries afterwards", "standard", async (place) => {
    const connection = await connectSkf(place);
    place.tell("SKF_GetPINInfo fail-later 0A00002D");
    await expect(connection.login(utf8Of("111222"))).rejects.toMatchObject({
      code: "pin-incorrect",
      facts: { remainingTries: skfPinTries - 1 },
    });
    await connection.close();
  });

  skfTest("is wrong where nobody counts and nobody knows the number", "standard", async (place) => {
    const connection = await connectSkf(place);
    for (const number of ["0A00FFFF", "0A000001", "0A000006"]) {
      place.tell("SKF_GetPINInfo fail 0A000003", `SKF_VerifyPIN fail ${number}`);
      await expect(connection.login(place.pin())).rejects.toMatchObject({
        code: "pin-incorrect",
        facts: { vendor: { number: Number(`0x${number}`), call: "SKF_VerifyPIN" } },
      });
    }
    place.tell("SKF_GetPINInfo fail 0A000003");
    await connection.login(place.pin());
    await connection.close();
  });

  skfTest("is not tried with the end of a line in it", "standard", async (place) => {
    const connection = await connectSkf(place);
    place.calls();
    for (const pin of ["648219\n", "648219\r", "\u001b648219"])
      await expect(connection.login(utf8Of(pin))).rejects.toMatchObject({ code: "pin-incorrect" });
    expect(place.calls()).not.toContain("SKF_VerifyPIN");
    await connection.close();
  });
});

describe("a device beside a broken one", () => {
  toolTest(skfFixtureTools, "is found, and it is said what the other one did", async () => {
    const place = createSkfPlace("standard", [
      { name: "YX-1", serial: "YX2026000001", applications: ["yinxin"] },
      { name: "YX-2", serial: "YX2026000002", applications: ["yinxin"] },
    ]);
    try {
      place.tell("SKF_GetDevInfo fail-once 0A000001");
      const connection = await connectSkf(place, { device: "YX2026000002" });
      expect(connection.device.serial).toBe("YX2026000002");
      await connection.close();
      place.tell("SKF_GetDevInfo fail-once 0A000001");
      await expect(connectSkf(place, { device: "YX-3" })).rejects.toMatchObject({
        code: "token-not-found",
        facts: { seen: [expect.stringContaining("SAR_FAIL"), expect.stringContaining("YX2026000002")] },
      });
    } finally {
      place.dispose();
    }
  });
});

describe("a certificate that another program left beside a key", () => {
  skfTest("is not given out as the key's if it is for another key", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    const key = await connection.generateKey({ label: "seal", algorithm: "SM2" });
    const selfSigned = (signer: Signer): Promise<Uint8Array> =>
      issueCertificate({
        profile: "root-ca",
        subject: [{ type: "CN", value: "seal" }],
        publicKey: signer.publicKey,
        issuer: { signer },
        serialNumber: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
        notBefore: new Date("2020-01-01T00:00:00Z"),
        notAfter: new Date("2045-12-31T00:00:00Z"),
      });
    const store = await openSkfStore(place);
    const read = (): Promise<Uint8Array | undefined> =>
      store.certificates?.read(key.uri) ?? expect.fail("the store has no certificates");
    await connection.writeCertificate(
      key.uri,
      await selfSigned(createSoftwareSigner(generateKey("SM2").pkcs8)),
    );
    expect(await read()).toBeUndefined();
    const own = await selfSigned(await store.signer(key.uri));
    await connection.writeCertificate(key.uri, own);
    expect(await read()).toEqual(own);
    await Promise.all([store.close(), connection.close()]);
  });
});
