import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { base64Of, utf8Of } from "@yinxin/crypto/bytes";
import { generateKey } from "@yinxin/crypto/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { exerciseKeyStore } from "../contract/index.ts";
import { connectInProcess } from "../driver/index.ts";
import { openEncryptedFileKeyStore } from "../encrypted-file/index.ts";
import { createKey, openOrGenerateKey } from "../key-store/index.ts";
import type { KeyStore } from "../key-store/index.ts";
import { noPin } from "../pin/index.ts";
import { driver } from "../simulator/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";
import { openKeyDirectory } from "./index.ts";
import type { KeyRoute } from "./index.ts";

let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "yinxin-directory-"));
});
afterAll(async () => {
  await rm(temporary, { recursive: true });
});

/** A device that makes keys, a cipher machine that makes none, and a folder of files. */
interface Scene {
  readonly folder: string;
  readonly file: string;
  open(routes?: readonly KeyRoute[]): Promise<KeyStore>;
  /** As its operator does. */
  openDevice(serial: string): Promise<KeyStore>;
  /** The operator's console of the cipher machine; the device's of the other. */
  provision(where: "maker" | "machine", label: string, algorithm: SignatureAlgorithmName): Promise<string>;
}

const usualRoutes: readonly KeyRoute[] = [
  { algorithms: ["ES256", "RS256"], store: "maker" },
  { algorithms: ["SM2"], store: "machine" },
  { algorithms: ["Ed25519"], store: "files" },
];

async function createScene(): Promise<Scene> {
  const folder = join(temporary, randomBytes(8).toString("hex"));
  await mkdir(folder, { mode: 0o700 });
  const connectTo = (serial: string, cannotGenerate: boolean) => () =>
    connectInProcess(driver, { folder: join(folder, serial), serial, cannotGenerate });
  const openToken = (serial: string, cannotGenerate: boolean): Promise<KeyStore> =>
    openTokenKeyStore({
      connect: connectTo(serial, cannotGenerate),
      pin: noPin,
      verifier: verifyInProcess,
      mode: "sandbox",
    });
  const file = join(folder, "directory.json");
  return {
    folder,
    file,
    openDevice: (serial) => openToken(serial, false),
    open: async (routes = usualRoutes) => {
      const passphrase = utf8Of("only for tests");
      const files = await openEncryptedFileKeyStore({
        folder: join(folder, "files"),
        passphrase,
        randomBytes,
      });
      return openKeyDirectory({
        file,
        stores: [
          { name: "maker", scheme: "simulator", store: await openToken("maker", false) },
          { name: "machine", scheme: "simulator", store: await openToken("machine", true) },
          { name: "clone", scheme: "simulator", store: await openToken("clone", true) },
          { name: "files", scheme: "file", store: files },
        ],
        routes,
        randomBytes,
      });
    },
    provision: async (where, label, algorithm) => {
      const console = await openToken(where, false);
      const key = await console.generation?.generate({ label, algorithm });
      await console.close();
      if (key === undefined) throw new Error("the console makes keys");
      return key.uri;
    },
  };
}

exerciseKeyStore(
  "a key directory",
  ["ES256", "Ed25519"],
  async () => {
    const scene = await createScene();
    return { open: () => scene.open(), unknownUri: "file:nobody" };
  },
  // The device keeps no certificates, so the whole keeps none.
  { faces: ["generation", "destruction", "decryption"] },
);

async function makeInAnotherProcess(folder: string, labels: readonly string[]): Promise<void> {
  const program = join(import.meta.dirname, "../../testing/make-directory-keys.ts");
  const child = fork(program, [folder, ...labels], {
    execArgv: ["--import=tsx", "--conditions=@yinxin/source"],
  });
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(0);
}

describe("a key directory", () => {
  it("gives labels the free keys of a store that makes none, in order and each once", async () => {
    const scene = await createScene();
    const uris = [
      await scene.provision("machine", "slot-1", "SM2"),
      await scene.provision("machine", "slot-2", "SM2"),
    ].sort();
    await scene.provision("machine", "other", "ES256");
    const store = await scene.open();
    const labels = ["file:maker", "file:seal.1", "file:seal.2"] as const;
    const outcomes = await Promise.allSettled(labels.map((label) => openOrGenerateKey(store, label, "SM2")));
    const opened = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(new Set(opened.map(({ publicKey }) => base64Of(publicKey))).size).toBe(2);
    expect(outcomes.find((outcome) => outcome.status === "rejected")?.reason).toMatchObject({
      code: "operation-not-supported",
      message: expect.stringContaining("operator") as string,
    });
    const recorded = JSON.parse(await readFile(scene.file, "utf8")) as { keys: { uri: string }[] };
    expect(recorded.keys.map(({ uri }) => uri).sort()).toEqual(uris);
    expect((await stat(scene.file)).mode & 0o777).toBe(0o600);
    // The operator fills another one, and it is taken without a restart.
    await scene.provision("machine", "slot-3", "SM2");
    await expect(openOrGenerateKey(store, "file:seal.2", "SM2")).resolves.toMatchObject({ algorithm: "SM2" });
    await store.close();
  });

  it("makes keys where the route says, under labels that no other service has, and finds them again", async () => {
    const scene = await createScene();
    const [first, second] = [await scene.open(), await scene.open()];
    const one = await createKey(first, "file:token", "ES256");
    const checkpoint = await createKey(first, "file:ledger.checkpoint", "Ed25519");
    expect((await second.signer("file:token")).publicKey).toEqual(one.publicKey);
    await expect(createKey(second, "file:token", "ES256")).rejects.toMatchObject({ code: "key-exists" });
    await expect(createKey(second, "file:ledger.checkpoint", "Ed25519")).rejects.toMatchObject({
      code: "key-exists",
    });
    const listed = await second.list();
    expect(listed.map(({ uri }) => uri)).toEqual(["file:ledger.checkpoint", "file:token"]);
    expect(listed[0]?.publicKey).toEqual(checkpoint.publicKey);
    const { keys } = JSON.parse(await readFile(scene.file, "utf8")) as { keys: { uri: string }[] };
    expect(keys).toHaveLength(1);
    const deviceUri = keys[0]?.uri as `simulator:${string}`;
    expect((await second.signer(deviceUri)).publicKey).toEqual(one.publicKey);
    await first.close();
    await second.close();
  });

  it("finishes what a crash interrupted, without a second key", async () => {
    const scene = await createScene();
    // The device has made the planned key, and nobody wrote that down.
    const uri = await scene.provision("maker", "token-0a0b0c0d", "ES256");
    const planned = { label: "token", algorithm: "ES256", store: "maker", device_label: "token-0a0b0c0d" };
    const content = JSON.stringify({ format: "yinxin-key-directory-1", keys: [planned] });
    await writeFile(scene.file, content, { mode: 0o600 });
    const store = await scene.open();
    await expect(store.signer("file:token")).rejects.toMatchObject({ code: "key-not-found" });
    await openOrGenerateKey(store, "file:token", "ES256");
    const { keys } = JSON.parse(await readFile(scene.file, "utf8")) as { keys: { uri: string }[] };
    expect(keys.map((key) => key.uri)).toEqual([uri]);
    const left = await readdir(scene.folder);
    expect(left.filter((name) => name.startsWith("directory"))).toEqual(["directory.json"]);
    await store.close();
  });

  it("keeps two processes that make keys at once from writing over each other", async () => {
    const folder = join(temporary, randomBytes(8).toString("hex"));
    await mkdir(folder, { mode: 0o700 });
    const labels = ["a1", "a2", "a3", "b1", "b2", "b3"];
    await Promise.all([
      makeInAnotherProcess(folder, labels.slice(0, 3)),
      makeInAnotherProcess(folder, labels.slice(3)),
    ]);
    const { keys } = JSON.parse(await readFile(join(folder, "directory.json"), "utf8")) as {
      keys: { label: string; uri: string }[];
    };
    expect(keys.map(({ label }) => label).sort()).toEqual(labels);
    expect(new Set(keys.map(({ uri }) => uri)).size).toBe(labels.length);
  });

  it("names label and URI of a recorded key that is gone or another one, and does not open", async () => {
    const scene = await createScene();
    const store = await scene.open();
    await createKey(store, "file:token", "ES256");
    await store.close();
    const text = await readFile(scene.file, "utf8");
    const { keys } = JSON.parse(text) as { keys: { uri: string; public_key: string }[] };
    const [{ uri, public_key: publicKey } = { uri: "", public_key: "" }] = keys;
    const foreign = base64Of(generateKey("ES256").spki);
    await writeFile(scene.file, text.replace(publicKey, foreign));
    await expect(scene.open()).rejects.toMatchObject({
      code: "key-file-damaged",
      message: expect.stringMatching(new RegExp(`token.*${uri}`)) as string,
    });
    await writeFile(scene.file, text.replace(uri, uri.replace(/%[0-9a-f]{2}$/, "%00%00")));
    await expect(scene.open()).rejects.toMatchObject({
      code: "key-not-found",
      message: expect.stringContaining("token") as string,
    });
  });

  it("starts again after a destruction that a crash cut short, and finishes it when asked again", async () => {
    const scene = await createScene();
    const store = await scene.open();
    await createKey(store, "file:token", "ES256");
    await createKey(store, "file:ledger", "ES256");
    const before = await readFile(scene.file, "utf8");
    await store.destruction?.destroy("file:token");
    await store.close();
    const whole = JSON.parse(before) as { keys: { label: string; ending?: boolean }[] };
    const cut = whole.keys.map((key) => (key.label === "token" ? { ...key, ending: true } : key));
    await writeFile(scene.file, JSON.stringify({ ...whole, keys: cut }));

    const again = await scene.open();
    expect((await again.list()).map(({ label }) => label)).toEqual(["ledger"]);
    await again.destruction?.destroy("file:token");
    expect(await readFile(scene.file, "utf8")).not.toContain("token");
    await again.close();
    // What was lost and not destroyed still stops the start.
    await writeFile(scene.file, before);
    await expect(scene.open()).rejects.toMatchObject({ code: "key-not-found" });
  });

  it("destroys nothing and decrypts nothing where another key is than the recorded one", async () => {
    const scene = await createScene();
    const store = await scene.open();
    await createKey(store, "file:token", "ES256");
    await createKey(store, "file:ledger", "ES256");
    const text = await readFile(scene.file, "utf8");
    const [token = "", ledger = ""] = [...text.matchAll(/"uri": "(.*)"/g)].map(([, uri]) => uri);
    await writeFile(scene.file, text.replace(token, "?").replace(ledger, token).replace("?", ledger));
    const drifted = { code: "key-file-damaged" };
    await expect(store.destruction?.destroy("file:token")).rejects.toMatchObject(drifted);
    await expect(store.decryption?.decryptor("file:token")).rejects.toMatchObject(drifted);
    await writeFile(scene.file, text);
    await expect(store.list()).resolves.toHaveLength(2);
    await store.close();
  });

  it("does not give a key to a second label from a device that is a clone of the first's", async () => {
    const scene = await createScene();
    const { pkcs8 } = generateKey("SM2");
    for (const serial of ["machine", "clone"]) {
      const device = await scene.openDevice(serial);
      await device.importing?.import({ label: "copied", algorithm: "SM2", pkcs8 });
      await device.close();
    }
    const store = await scene.open();
    await createKey(store, "file:seal", "SM2");
    await store.close();
    const later = await scene.open([{ algorithms: ["SM2"], store: "clone" }]);
    await expect(createKey(later, "file:desk", "SM2")).rejects.toMatchObject({
      code: "operation-not-supported",
    });
    await later.close();
  });

  it("does not open in a folder that others may write to", async () => {
    const scene = await createScene();
    await chmod(scene.folder, 0o777);
    await expect(scene.open()).rejects.toMatchObject({ code: "key-file-permissions" });
    await chmod(scene.folder, 0o755);
    await (await scene.open()).close();
  });

  it("does not open a file that is no directory, or gives one key to two labels", async () => {
    const scene = await createScene();
    const uri = "simulator:serial=maker;id=%01";
    const key = { label: "a", algorithm: "ES256", uri, public_key: "AA==" };
    const format = "yinxin-key-directory-1";
    for (const content of [
      "",
      "{}",
      JSON.stringify({ format, keys: {} }),
      JSON.stringify({ format, keys: [{ ...key, algorithm: "ROT13" }] }),
      JSON.stringify({ format, keys: [{ ...key, label: "../a" }] }),
      JSON.stringify({ format, keys: [{ ...key, uri: "nothing" }] }),
      JSON.stringify({ format, keys: [{ ...key, public_key: "?" }] }),
      JSON.stringify({ format, keys: [key, { ...key, label: "b" }] }),
      JSON.stringify({ format, keys: [key, { ...key, uri: `${uri}%02` }] }),
      JSON.stringify({ format, keys: [key, { ...key, label: "b", uri: `${uri}%02` }] }),
    ]) {
      await writeFile(scene.file, content, { mode: 0o600 });
      await expect(scene.open(), content).rejects.toMatchObject({ code: "key-file-damaged" });
    }
    await rm(scene.file);
    await writeFile(scene.file, JSON.stringify({ format, keys: [] }), { mode: 0o644 });
    await expect(scene.open()).rejects.toMatchObject({ code: "key-file-permissions" });
  });

  it("does not open with a route to no store, and makes no key of an algorithm without a route", async () => {
    const scene = await createScene();
    await expect(scene.open([{ algorithms: ["SM2"], store: "elsewhere" }])).rejects.toMatchObject({
      code: "configuration-malformed",
    });
    const store = await scene.open([{ algorithms: ["SM2"], store: "machine" }]);
    await expect(createKey(store, "file:token", "ES256")).rejects.toMatchObject({
      code: "algorithm-not-supported",
      facts: { supported: ["SM2"] },
    });
    await store.close();
  });

  it("finds the keys of its folder that are older than itself, and does not make them again", async () => {
    const scene = await createScene();
    const passphrase = utf8Of("only for tests");
    const files = await openEncryptedFileKeyStore({
      folder: join(scene.folder, "files"),
      passphrase,
      randomBytes,
    });
    const old = await createKey(files, "file:client", "ES256");
    await files.close();
    const store = await scene.open();
    expect((await openOrGenerateKey(store, "file:client", "ES256")).publicKey).toEqual(old.publicKey);
    await expect(createKey(store, "file:client", "ES256")).rejects.toMatchObject({ code: "key-exists" });
    expect((await store.list()).map(({ uri }) => uri)).toEqual(["file:client"]);
    await store.close();
  });
});
