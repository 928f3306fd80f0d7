import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connectInProcess } from "../driver/index.ts";
import { openEncryptedFileKeyStore } from "../encrypted-file/index.ts";
import { openKeyDirectory } from "../key-directory/index.ts";
import { noPin } from "../pin/index.ts";
import { driver } from "../simulator/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";
import { ringKeysOf } from "./index.ts";
import type { KeyStore } from "./index.ts";

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "yinxin-ring-keys-"));
});
afterAll(async () => {
  await rm(temporary, { recursive: true });
});

const openFiles = (folder: string): Promise<KeyStore> =>
  openEncryptedFileKeyStore({ folder, passphrase: utf8Of("only for tests"), randomBytes });

const openDevice = (folder: string, cannotGenerate = false): Promise<KeyStore> =>
  openTokenKeyStore({
    connect: () => connectInProcess(driver, { folder, serial: "one", cannotGenerate }),
    pin: noPin,
    verifier: verifyInProcess,
    mode: "sandbox",
  });

const openDirectory = async (
  folder: string,
  { isExclusive = true, cannotGenerate = false } = {},
): Promise<KeyStore> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const store = await openDevice(join(folder, "device"), cannotGenerate);
  return openKeyDirectory({
    file: join(folder, "directory.json"),
    stores: [{ name: "device", scheme: "simulator", isExclusive, store }],
    routes: [{ algorithms: ["SM2", "ES256"], store: "device" }],
    randomBytes,
  });
};

const kinds: Readonly<Record<string, (folder: string) => Promise<KeyStore>>> = {
  "a folder of encrypted files": openFiles,
  "a device": openDevice,
  "a key directory over a device": openDirectory,
};

describe.each(Object.entries(kinds))("the keys of rings in %s", (_name, open) => {
  const newFolder = (): string => join(temporary, randomBytes(8).toString("hex"));

  it("are made once for a label, and found again by whoever asks later", async () => {
    const folder = newFolder();
    const first = await open(folder);
    const made = await ringKeysOf(first).create("seal.maker-v1", "SM2");
    const message = utf8Of("message");
    const signature = await made.signer.sign({ message });
    const { publicKey } = made.signer;
    expect(verifySignature({ algorithm: "SM2", publicKey, message, signature })).toBe(true);
    await first.close();

    const second = await open(folder);
    const again = await ringKeysOf(second).create("seal.maker-v1", "SM2");
    expect([again.uri, again.signer.publicKey]).toEqual([made.uri, publicKey]);
    expect((await ringKeysOf(second).open(made.uri)).publicKey).toEqual(publicKey);
    await second.close();
  });

  it("are one when several ask at the same time", async () => {
    const store = await open(newFolder());
    const keys = ringKeysOf(store);
    const made = await Promise.all([1, 2, 3].map(() => keys.create("audit-v1", "ES256")));
    expect(new Set(made.map(({ uri }) => uri)).size).toBe(1);
    expect(await keys.describe()).toHaveLength(1);
    await store.close();
  });

  it("are described as the device has them now", async () => {
    const store = await open(newFolder());
    const keys = ringKeysOf(store);
    const { uri, signer } = await keys.create("seal.maker-v1", "SM2");
    const { name, state } = await keys.device();
    expect(state).toBe("ready");
    expect(await keys.describe()).toEqual([
      expect.objectContaining({
        ...{ uri, label: "seal.maker-v1", algorithm: "SM2", device: name },
        publicKey: signer.publicKey,
      }),
    ]);
    await store.close();
  });

  it("are not taken up for another algorithm", async () => {
    const store = await open(newFolder());
    await ringKeysOf(store).create("one", "SM2");
    await expect(ringKeysOf(store).create("one", "ES256")).rejects.toMatchObject({ code: "key-exists" });
    await store.close();
  });

  it("are destroyed for good, and once is enough", async () => {
    const store = await open(newFolder());
    const keys = ringKeysOf(store);
    const { uri } = await keys.create("one", "SM2");
    await keys.destroy?.(uri);
    await keys.destroy?.(uri);
    expect(await keys.describe()).toEqual([]);
    await expect(keys.open(uri)).rejects.toMatchObject({ code: "key-not-found" });
    await store.close();
  });
});

describe("the keys of rings in a device that makes none", () => {
  it("are taken up by their label, and asked of its operator where there is none", async () => {
    const folder = join(temporary, "machine");
    const operator = await openDevice(folder);
    const { uri } = await ringKeysOf(operator).create("seal.maker-v1", "SM2");
    await operator.close();

    const store = await openDevice(folder, true);
    expect((await ringKeysOf(store).create("seal.maker-v1", "SM2")).uri).toBe(uri);
    await expect(ringKeysOf(store).create("another", "SM2")).rejects.toMatchObject({
      code: "operation-not-supported",
    });
    await store.close();
  });
});

describe("the keys of rings behind a key directory", () => {
  const strangersIn = async (store: KeyStore): Promise<readonly string[]> =>
    (await ringKeysOf(store).describe())
      .filter(({ isForeign }) => isForeign === true)
      .map(({ label }) => label);

  it("are told from a stranger's key in a device that is this service's alone, and only there", async () => {
    const folder = join(temporary, "own");
    const first = await openDirectory(folder);
    await ringKeysOf(first).create("audit-v1", "ES256");
    expect(await strangersIn(first)).toEqual([]);
    await first.close();
    const stranger = await openDevice(join(folder, "device"));
    await stranger.generation?.generate({ label: "audit-v1", algorithm: "ES256" });
    await stranger.close();
    const own = await openDirectory(folder);
    expect(await strangersIn(own)).toEqual(["audit-v1"]);
    expect((await ringKeysOf(own).describe()).length).toBe(2);
    expect((await ringKeysOf(own).create("audit-v1", "ES256")).facts.isForeign).toBeUndefined();
    await own.close();
    const shared = await openDirectory(folder, { isExclusive: false });
    expect(await strangersIn(shared)).toEqual([]);
    await shared.close();
  });

  it("are not strangers while they wait to be given out, in a device whose operator makes them", async () => {
    const folder = join(temporary, "operated");
    const operator = await openDevice(join(folder, "device"));
    await operator.generation?.generate({ label: "one", algorithm: "SM2" });
    await operator.generation?.generate({ label: "two", algorithm: "Ed25519" });
    await operator.close();
    const store = await openDirectory(folder, { cannotGenerate: true });
    expect(await strangersIn(store)).toEqual(["two"]);
    await ringKeysOf(store).create("seal.maker-v1", "SM2");
    expect(await strangersIn(store)).toEqual(["two"]);
    await store.close();
  });
});
