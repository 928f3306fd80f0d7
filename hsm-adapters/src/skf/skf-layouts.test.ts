import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { concatBytes, pemOfDer, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { derOfRawSignature, sm2Z } from "@yinxin/crypto/sm2";
import { describe, expect } from "vitest";

import { connectLoggedIn } from "../../testing/skf-fixture/connect-skf.ts";
import { skfLayouts, skfTest } from "../../testing/skf-fixture/index.ts";
import type { DeviceConnection, DeviceKey } from "../driver/index.ts";
import { parseKeyUri } from "../key-store/index.ts";

/** Signs as the token client does: e or the message, as the key takes it. */
async function signMessage(connection: DeviceConnection, key: DeviceKey, message: Uint8Array) {
  const session = await connection.openSession();
  const takes = key.mechanisms[0]?.takes;
  const input = takes === "message" ? message : digest("SM3", concatBytes(sm2Z(key.publicKey), message));
  const raw = await connection.sign(session, { key: key.uri, algorithm: "SM2", input });
  await connection.closeSession(session);
  return derOfRawSignature(raw);
}

/** What the openssl command prints about it. */
function opensslVerify(folder: string, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) {
  mkdirSync(folder, { recursive: true });
  const file = (name: string, contents: Uint8Array | string): string => {
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  };
  const key = file("key.pem", pemOfDer(publicKey, "PUBLIC KEY"));
  const args = ["-verify", key, "-signature", file("signature", signature), file("message", message)];
  const id = ["-sigopt", "distid:1234567812345678"];
  return execFileSync("openssl", ["dgst", "-sm3", ...id, ...args], { encoding: "utf8" }).trim();
}

describe.each(skfLayouts)("an SKF library of the layout %s", (layout) => {
  skfTest(
    "makes a key whose signatures OpenSSL verifies",
    layout,
    async (place) => {
      const connection = await connectLoggedIn(place);
      const key = await connection.generateKey({ label: "seal-2026", algorithm: "SM2" });
      for (const text of ["", "印信", "x".repeat(5000)]) {
        const message = utf8Of(text);
        const signature = await signMessage(connection, key, message);
        const said = opensslVerify(join(place.folder, "openssl"), key.publicKey, message, signature);
        expect(said).toBe("Verified OK");
      }
      await connection.close();
    },
    ["openssl"],
  );

  skfTest("lists, finds and destroys keys, and another connection sees them", layout, async (place) => {
    const [one, other] = [await connectLoggedIn(place), await connectLoggedIn(place)];
    const made = await one.generateKey({ label: "tsa.2026", algorithm: "SM2" });
    expect(made).toMatchObject({
      uri: "skf:serial=YX2026000001;application=yinxin;container=tsa.2026",
      label: "tsa.2026",
      attributes: { local: true, extractable: false },
      decrypts: false,
    });
    expect(await other.listKeys()).toEqual([made]);
    expect(await other.findKey(made.uri)).toEqual(made);
    await expect(one.generateKey({ label: "tsa.2026", algorithm: "SM2" })).rejects.toMatchObject({
      code: "key-exists",
    });
    await other.destroyKey(made.uri);
    expect([await one.listKeys(), await one.findKey(made.uri)]).toEqual([[], undefined]);
    await expect(one.destroyKey(made.uri)).rejects.toMatchObject({ code: "key-not-found" });
    await Promise.all([one.close(), other.close()]);
  });

  skfTest("keeps a certificate, gives random octets and counts PIN tries", layout, async (place) => {
    const connection = await connectLoggedIn(place);
    const { uri } = await connection.generateKey({ label: "ca", algorithm: "SM2" });
    expect(await connection.readCertificate(uri)).toBeUndefined();
    const certificate = new Uint8Array(3000).map((_, at) => at % 251);
    await connection.writeCertificate(uri, certificate);
    expect(await connection.readCertificate(uri)).toEqual(certificate);
    const [some, more] = [await connection.random(32), await connection.random(32)];
    expect([some.length, more.length]).toEqual([32, 32]);
    expect(some).not.toEqual(more);
    await expect(connection.login(utf8Of("000000"))).rejects.toMatchObject({
      code: "pin-incorrect",
      facts: { remainingTries: 5, vendor: { name: "SAR_PIN_INCORRECT", call: "SKF_VerifyPIN" } },
    });
    await connection.close();
  });
});

describe("a key of an SKF device", () => {
  skfTest("is found by its own URI only", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    await connection.generateKey({ label: "a", algorithm: "SM2" });
    const others = [
      "skf:serial=OTHER;application=yinxin;container=a",
      "skf:serial=YX2026000001;application=other;container=a",
      "skf:serial=YX2026000001;application=yinxin;container=b",
      "skf:serial=YX2026000001;application=yinxin;container=a;use=encrypt",
      "sdf:serial=YX2026000001;index=1",
    ];
    for (const uri of others) expect(await connection.findKey(parseKeyUri(uri)), uri).toBeUndefined();
    await connection.close();
  });

  skfTest("has the name of its container, in UTF-8 or in GB 18030", "standard", async (place) => {
    const gb18030 = Uint8Array.of(0xd3, 0xa1, 0xd5, 0xc2);
    const connection = await connectLoggedIn(place);
    await connection.generateKey({ label: "a", algorithm: "SM2" });
    cpSync(place.containerFolder("a"), place.containerFolder(gb18030), { recursive: true });
    renameSync(place.containerFolder("a"), place.containerFolder("印信"));
    const keys = await connection.listKeys();
    expect(keys.map(({ label }) => label).sort()).toEqual(["印信", "印章"]);
    for (const key of keys) {
      expect(await connection.findKey(key.uri)).toEqual(key);
      expect(await signMessage(connection, key, utf8Of("m"))).toBeInstanceOf(Uint8Array);
    }
    await connection.close();
  });

  skfTest("signs with SM2 only, and other keys are not made", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    const refused = { code: "algorithm-not-supported", facts: { supported: ["SM2"] } };
    const es256 = { label: "b", algorithm: "ES256" } as const;
    await expect(connection.generateKey(es256)).rejects.toMatchObject(refused);
    const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
    const session = await connection.openSession();
    const request = { key: uri, algorithm: "ES256", input: new Uint8Array(32) } as const;
    await expect(connection.sign(session, request)).rejects.toMatchObject(refused);
    await connection.close();
  });
});
