import { randomBytes } from "node:crypto";

import { concatBytes, utf8Of } from "@yinxin/crypto/bytes";
import { parseDer, readBitString, readChildren } from "@yinxin/crypto/der";
import { writeSm2EnvelopedKey } from "@yinxin/crypto/enveloped";
import { generateSm2Key, rawOfCipher, sm2Encrypt, sm2Point } from "@yinxin/crypto/sm2";
import { describe, expect } from "vitest";

import { connectLoggedIn } from "../../testing/skf-fixture/connect-skf.ts";
import { skfTest } from "../../testing/skf-fixture/index.ts";
import type { SkfPlace } from "../../testing/skf-fixture/index.ts";
import { layOut, memberOf, writeEccCipher, writeEccPublicKey, writeNumber } from "../device-profile/index.ts";
import type { DeviceProfile } from "../device-profile/index.ts";
import type { DeviceKey } from "../driver/index.ts";
import { openLibrary } from "../native/index.ts";
import { createSkfCalls } from "./skf-calls.ts";
import { readSkfConfig } from "./skf-config.ts";
import { SkfConnection } from "./skf-connection.ts";
import { verifyPin } from "./skf-pin.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** ENVELOPEDKEYBLOB (GM/T 0016-2012 §6.4) of what an authority hands over, an SM2EnvelopedKey. */
function envelopeBlob(profile: DeviceProfile, envelopedKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const [, encryptedKey, , encryptedNumber] = readChildren(parseDer(envelopedKey));
  if (encryptedKey === undefined || encryptedNumber === undefined) throw new Error("not an SM2EnvelopedKey");
  const layout = layOut(profile, [
    { name: "Version", kind: "ulong" },
    { name: "ulSymmAlgID", kind: "ulong" },
    { name: "ulBits", kind: "ulong" },
    { name: "cbEncryptedPriKey", kind: { octets: 64 } },
  ]);
  const head = new Uint8Array(layout.members.cbEncryptedPriKey.offset + 64);
  writeNumber(memberOf(layout, head, "Version"), 1);
  writeNumber(memberOf(layout, head, "ulSymmAlgID"), profile.algorithmIds.sm4Ecb);
  writeNumber(memberOf(layout, head, "ulBits"), 256);
  head.set(readBitString(encryptedNumber), head.length - 32);
  const raw = rawOfCipher(encryptedKey.raw);
  const cipher = { point: raw.subarray(1, 65), hash: raw.subarray(65, 97), text: raw.subarray(97) };
  return concatBytes(head, writeEccPublicKey(profile, sm2Point(publicKey)), writeEccCipher(profile, cipher));
}

/** What an operator's tool does with an envelope from an authority. @returns the public key of the pair. */
async function importEncryptionPair(place: SkfPlace, signing: DeviceKey): Promise<Uint8Array> {
  const config = readSkfConfig({ library: place.library, profile: place.profile });
  const library = await openLibrary(config.library);
  const connection = SkfConnection.open(createSkfCalls(library, config.profile), config);
  verifyPin(connection, place.pin());
  const { pkcs8, spki } = generateSm2Key();
  const envelope = writeSm2EnvelopedKey(pkcs8, signing.publicKey, random);
  const container = connection.openContainer(utf8Of(signing.label));
  const ulong = config.profile.ulongOctets === 8 ? "u64" : "u32";
  const importPair = library.declare("SKF_ImportECCKeyPair", ulong, ["handle", "bytes"]);
  expect(importPair(container, envelopeBlob(config.profile, envelope, spki))).toBe(0);
  connection.close();
  return spki;
}

describe("the pair for encryption of a container", () => {
  for (const layout of ["natural", "ulong64", "ulong64-natural"] as const) {
    skfTest(`comes in an envelope and decrypts, in the layout ${layout}`, layout, async (place) => {
      const connection = await connectLoggedIn(place);
      const signing = await connection.generateKey({ label: "a", algorithm: "SM2" });
      const publicKey = await importEncryptionPair(place, signing);
      const [first, key] = await connection.listKeys();
      expect(first).toEqual(signing);
      expect(key).toEqual({
        uri: `${signing.uri};use=encrypt`,
        label: "a",
        publicKey,
        attributes: { local: false, extractable: false },
        mechanisms: [],
        decrypts: true,
      });
      if (key === undefined) throw new Error("there is no second key");
      const session = await connection.openSession();
      for (const text of [utf8Of("机密"), random(16), random(1000)]) {
        const ciphertext = sm2Encrypt(publicKey, text, random);
        const request = { key: key.uri, kind: "sm2", ciphertext } as const;
        expect(await connection.decrypt(session, request)).toEqual(text);
      }
      const changed = sm2Encrypt(publicKey, utf8Of("机密"), random);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      const decrypting = connection.decrypt(session, { key: key.uri, kind: "sm2", ciphertext: changed });
      await expect(decrypting).rejects.toMatchObject({ code: "vendor-error" });
      const signed = connection.sign(session, { key: key.uri, algorithm: "SM2", input: random(32) });
      await expect(signed).rejects.toMatchObject({ code: "algorithm-not-supported" });
      const destroyed = connection.destroyKey(key.uri);
      await expect(destroyed).rejects.toMatchObject({ code: "operation-not-supported" });
      await connection.close();
    });
  }

  skfTest("is listed by a library that cannot decrypt, and does not decrypt", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    const signing = await connection.generateKey({ label: "a", algorithm: "SM2" });
    const publicKey = await importEncryptionPair(place, signing);
    expect(connection.device.can).not.toContain("decrypt");
    const key = (await connection.listKeys())[1];
    expect(key).toMatchObject({ publicKey, decrypts: false });
    const session = await connection.openSession();
    const ciphertext = sm2Encrypt(publicKey, utf8Of("机密"), random);
    const decrypting = connection.decrypt(session, {
      key: `${signing.uri};use=encrypt`,
      kind: "sm2",
      ciphertext,
    });
    await expect(decrypting).rejects.toMatchObject({ code: "operation-not-supported" });
    await connection.close();
  });
});
