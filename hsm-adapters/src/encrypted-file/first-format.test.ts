import { createCipheriv, randomBytes, scryptSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { generateKey } from "@yinxin/crypto/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createKey } from "../key-store/index.ts";
import { openEncryptedFileKeyStore } from "./index.ts";

const passphrase = "of an early store";
let folder: string;

/** AES-256-GCM as the first stores had it, written by hand. */
function sealed(key: Uint8Array, header: readonly string[], secret: Uint8Array) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(utf8Of(JSON.stringify(header)));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return { nonce: nonce.toString("base64"), ciphertext: ciphertext.toString("base64") };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-early-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe("a folder of the first format", () => {
  it("opens as before, signs with its keys, and takes new ones", async () => {
    const salt = randomBytes(16);
    const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
    const masterKey = scryptSync(passphrase, salt, 32, cost);
    const store = { format: "yinxin-key-store-1", kdf: "scrypt-n32768-r8-p1", salt: salt.toString("base64") };
    const check = sealed(masterKey, Object.values(store), new Uint8Array());
    await writeFile(join(folder, "store.json"), JSON.stringify({ ...store, ...check }), { mode: 0o600 });
    const { pkcs8, spki } = generateKey("SM2");
    const publicKey = Buffer.from(spki).toString("base64");
    const key = { format: "yinxin-key-1", label: "old", algorithm: "SM2", public_key: publicKey };
    const file = { ...key, ...sealed(masterKey, Object.values(key), pkcs8) };
    await writeFile(join(folder, "old.key.json"), JSON.stringify(file), { mode: 0o600 });

    const options = { folder, passphrase: utf8Of(passphrase), randomBytes };
    const opened = await openEncryptedFileKeyStore(options);
    const old = await opened.signer("file:old");
    expect(old.publicKey).toEqual(spki);
    expect(await old.sign({ message: utf8Of("still here") })).toBeInstanceOf(Uint8Array);
    await createKey(opened, "file:new", "ES256");
    const listed = await opened.list();
    expect(listed).toMatchObject([
      { uri: "file:new", attributes: { local: true } },
      { uri: "file:old", attributes: { local: true } },
    ]);
    await opened.close();
    await expect(
      openEncryptedFileKeyStore({ ...options, passphrase: utf8Of("guess") }),
    ).rejects.toMatchObject({ code: "passphrase-wrong" });
  });
});
