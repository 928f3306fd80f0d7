import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { utf8Of } from "@yinxin/crypto/bytes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { issueEntity } from "../../../crypto/testing/issue-entity.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import { createKey, openOrGenerateKey } from "../key-store/index.ts";
import type { KeyStore } from "../key-store/index.ts";
import type { SignatureVerifier, VerificationRequest } from "../verifier/index.ts";
import { openEncryptedFileKeyStore, storeCipherNames } from "./index.ts";

const passphrase = utf8Of("correct horse battery staple");
let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "yinxin-keys-"));
});
afterAll(async () => {
  await rm(temporary, { recursive: true });
});

const newFolder = () => join(temporary, randomBytes(8).toString("hex"));
const open = (folder: string) => openEncryptedFileKeyStore({ folder, passphrase, randomBytes });

/** A folder with one SM2 key, `file:one`, and nobody holding it open. */
async function folderWithKey(): Promise<string> {
  const folder = newFolder();
  const store = await open(folder);
  await store.generation?.generate({ label: "one", algorithm: "SM2" });
  await store.close();
  return folder;
}

/** Of a key that is nobody's here. */
async function rootCertificate(): Promise<Uint8Array> {
  const { certificate } = await issueEntity({ profile: "root-ca", algorithm: "SM2", commonName: "root" });
  return certificate.raw;
}

for (const cipher of storeCipherNames) {
  exerciseKeyStore(
    `a folder of encrypted files under ${cipher}`,
    cipher === "sm4-gcm" ? ["SM2"] : ["ES256", "SM2", "ES384", "Ed25519", "RS256", "ML-DSA-65"],
    () => {
      const folder = newFolder();
      return Promise.resolve({
        open: () => openEncryptedFileKeyStore({ folder, passphrase, randomBytes, cipher }),
        unknownUri: "file:nobody",
      });
    },
    { faces: ["generation", "importing", "destruction", "certificates", "decryption"] },
  );
}

describe("a folder of encrypted files", () => {
  it("does not open with another passphrase", async () => {
    const folder = await folderWithKey();
    const attempt = openEncryptedFileKeyStore({ folder, passphrase: utf8Of("guess"), randomBytes });
    await expect(attempt).rejects.toMatchObject({ code: "passphrase-wrong" });
    const empty = openEncryptedFileKeyStore({
      folder: newFolder(),
      passphrase: new Uint8Array(),
      randomBytes,
    });
    await expect(empty).rejects.toMatchObject({ code: "passphrase-wrong" });
  });

  it("is readable by its owner only, and holds no private key in the clear", async () => {
    const folder = await folderWithKey();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = await readdir(folder);
    expect(names.sort()).toEqual(["one.key.json", "store.json"]);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);

    const file = JSON.parse(await readFile(join(folder, "one.key.json"), "utf8")) as Record<string, string>;
    expect(Object.keys(file).sort()).toEqual([
      "algorithm",
      "ciphertext",
      "format",
      "label",
      "nonce",
      "origin",
      "public_key",
    ]);
    // id-ecPublicKey, which both a PKCS#8 and a SubjectPublicKeyInfo hold: only the latter may be seen.
    const oid = Buffer.from("06072a8648ce3d0201", "hex");
    expect(Buffer.from(file["public_key"] ?? "", "base64").includes(oid)).toBe(true);
    expect(Buffer.from(file["ciphertext"] ?? "", "base64").includes(oid)).toBe(false);
  });

  it.each([
    ["the folder", ""],
    ["store.json", "store.json"],
  ])("does not open when others may read %s", async (_, name) => {
    const folder = await folderWithKey();
    await chmod(join(folder, name), name === "" ? 0o750 : 0o640);
    await expect(open(folder)).rejects.toMatchObject({ code: "key-file-permissions" });
  });

  it("does not use a key file that others may read, or that is a symbolic link", async () => {
    const folder = await folderWithKey();
    const path = join(folder, "one.key.json");
    await chmod(path, 0o604);
    const store = await open(folder);
    await expect(store.signer("file:one")).rejects.toMatchObject({ code: "key-file-permissions" });
    await expect(store.list()).rejects.toMatchObject({ code: "key-file-permissions" });
    await rename(path, join(folder, "elsewhere"));
    await chmod(join(folder, "elsewhere"), 0o600);
    await symlink("elsewhere", path);
    await expect(store.signer("file:one")).rejects.toMatchObject({ code: "key-file-permissions" });
    await store.close();
  });

  async function refusesInPlaceOfKey(put: (path: string) => Promise<unknown>): Promise<void> {
    const folder = await folderWithKey();
    await put(join(folder, "two.key.json"));
    const store = await open(folder);
    await expect(store.signer("file:two")).rejects.toMatchObject({ code: "key-file-damaged" });
    await store.close();
  }

  it("does not read a folder in the place of a key file", async () => {
    await refusesInPlaceOfKey((path) => mkdir(path, { mode: 0o700 }));
  });

  toolTest(["mkfifo"], "does not read a pipe in the place of a key file", async () => {
    await refusesInPlaceOfKey((path) => promisify(execFile)("mkfifo", ["-m", "600", path]));
  });

  it("notices any change of a key file's members, and says so instead of passing over the key", async () => {
    const folder = await folderWithKey();
    const path = join(folder, "one.key.json");
    const original = await readFile(path, "utf8");
    const store = await open(folder);
    const file = JSON.parse(original) as Record<string, string>;
    for (const [name, value] of Object.entries(file)) {
      const middle = Math.floor(value.length / 2);
      const changed = value.slice(0, middle) + (value[middle] === "A" ? "B" : "A") + value.slice(middle + 1);
      await writeFile(path, JSON.stringify({ ...file, [name]: changed }));
      await expect(store.signer("file:one"), name).rejects.toMatchObject({ code: "key-file-damaged" });
      await expect(store.list(), name).rejects.toMatchObject({ code: "key-file-damaged" });
    }
    const malformed = [
      "",
      "{",
      "null",
      "[]",
      '"text"',
      JSON.stringify({ ...file, more: "x" }),
      original.repeat(40),
    ];
    for (const contents of malformed) {
      await writeFile(path, contents);
      await expect(store.signer("file:one"), contents).rejects.toMatchObject({ code: "key-file-damaged" });
    }
    await writeFile(path, original);
    await expect(store.signer("file:one")).resolves.toMatchObject({ algorithm: "SM2" });
    await store.close();
  });

  it("does not take a key file under another label or from another store", async () => {
    const folder = await folderWithKey();
    const other = await folderWithKey();
    await copyFile(join(folder, "one.key.json"), join(folder, "two.key.json"));
    await copyFile(join(folder, "one.key.json"), join(other, "one.key.json"));
    const store = await open(folder);
    const otherStore = await open(other);
    await expect(store.signer("file:two")).rejects.toMatchObject({ code: "key-file-damaged" });
    await expect(otherStore.signer("file:one")).rejects.toMatchObject({ code: "key-file-damaged" });
    await store.close();
    await otherStore.close();
  });

  it("is not begun anew when store.json is lost beside its keys, and not opened when it is malformed", async () => {
    const folder = await folderWithKey();
    const path = join(folder, "store.json");
    const original = await readFile(path, "utf8");
    await rm(path);
    await expect(open(folder)).rejects.toMatchObject({ code: "key-file-damaged" });
    for (const contents of [
      "{}",
      original.replace("key-store-2", "key-store-3"),
      original.replace("aes-256-gcm", "sm4-gcm "),
      original.replace("aes-256-gcm", "none"),
      original.replace("n32768", "n2"),
    ]) {
      await writeFile(path, contents, { mode: 0o600 });
      await expect(open(folder), contents).rejects.toMatchObject({ code: "key-file-damaged" });
    }
  });

  it("passes over what a crash in the middle of a write left behind", async () => {
    const folder = newFolder();
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, "store.json.00ff.partial"), "{", { mode: 0o600 });
    const store = await open(folder);
    await writeFile(join(folder, "one.key.json.00ff.partial"), "{", { mode: 0o600 });
    expect(await store.list()).toEqual([]);
    await store.generation?.generate({ label: "one", algorithm: "ES256" });
    expect(await store.list()).toMatchObject([{ uri: "file:one" }]);
    await store.close();
  });

  it("may be made by two processes at once: both open the same store", async () => {
    const folder = newFolder();
    const [first, second] = await Promise.all([open(folder), open(folder)]);
    await first.generation?.generate({ label: "shared", algorithm: "Ed25519" });
    await expect(second.signer("file:shared")).resolves.toMatchObject({ algorithm: "Ed25519" });
    await first.close();
    await second.close();
  });
});

describe("the signatures of a folder of encrypted files", () => {
  it("do not leave if they do not verify", async () => {
    const folder = await folderWithKey();
    const asked: VerificationRequest[] = [];
    const verifier: SignatureVerifier = {
      verify: (request) => {
        asked.push(request);
        return Promise.resolve(false);
      },
      close: () => Promise.resolve(),
    };
    const store = await openEncryptedFileKeyStore({ folder, passphrase, randomBytes, verifier });
    const signer = await store.signer("file:one");
    const input = { digest: randomBytes(32) };
    await expect(signer.sign(input)).rejects.toMatchObject({ code: "self-check-failed" });
    expect(asked).toMatchObject([{ algorithm: "SM2", publicKey: signer.publicKey, input }]);
    expect(await store.health()).toMatchObject({ counters: { signatures: 0, failures: 1 } });
    await store.close();
  });
});

describe("the certificate of a key", () => {
  it("that was put there from outside is not given out for another key", async () => {
    const folder = await folderWithKey();
    const store = await open(folder);
    await writeFile(join(folder, "one.certificate.der"), await rootCertificate(), { mode: 0o600 });
    await expect(store.certificates?.read("file:one")).rejects.toMatchObject({
      code: "configuration-malformed",
    });
    await store.close();
  });
});

describe("opening a key or making it", () => {
  it("makes it once, however many ask at once, and finds it afterwards", async () => {
    const store = await open(newFolder());
    const signers = await Promise.all(
      Array.from({ length: 4 }, () => openOrGenerateKey(store, "file:wanted", "ES256")),
    );
    expect(await store.list()).toHaveLength(1);
    for (const signer of signers) expect(signer.publicKey).toEqual(signers[0]?.publicKey);
    await expect(openOrGenerateKey(store, "file:wanted", "SM2")).rejects.toMatchObject({
      code: "key-exists",
    });
    await store.close();
    await expect(openOrGenerateKey(store, "file:wanted", "ES256")).rejects.toMatchObject({
      code: "key-store-closed",
    });
  });

  it("says that there is none where the store cannot make keys", async () => {
    const store = await open(newFolder());
    const readOnly: KeyStore = {
      signer: (uri) => store.signer(uri),
      list: () => store.list(),
      refresh: () => store.refresh(),
      health: () => store.health(),
      close: () => store.close(),
    };
    await expect(openOrGenerateKey(readOnly, "file:wanted", "SM2")).rejects.toMatchObject({
      code: "key-not-found",
    });
    await expect(createKey(readOnly, "file:wanted", "SM2")).rejects.toMatchObject({
      code: "operation-not-supported",
    });
    await store.close();
  });
});
