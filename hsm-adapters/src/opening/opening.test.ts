import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { testPrograms } from "../../testing/programs.ts";
import { openOrGenerateKey } from "../key-store/index.ts";
import { verifyInProcess } from "../verifier/index.ts";
import { openKeyStore, openStore, openVerifier, pinSourceOf } from "./index.ts";
import type { OpeningEvent, StoreSettings } from "./index.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-opening-"));
  await writeFile(join(folder, "passphrase"), "only for tests", { mode: 0o600 });
  await writeFile(join(folder, "pin"), "648219\n", { mode: 0o600 });
  await chmod(join(folder, "pin"), 0o400);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A device that is only pretended, in a driver host of its own. */
const simulator = (pin: string) => ({
  uri: `simulator:serial=S1?pin-source=file:${join(folder, pin)}`,
  driver: { folder: join(folder, "device"), pin: "648219" },
});

const optionsOf = (configFile?: string) => ({
  folder: join(folder, "keys"),
  passphraseFile: join(folder, "passphrase"),
  configFile,
  randomBytes,
});

async function writeConfig(pin: string): Promise<string> {
  const { driverHostProgram, verifierProgram } = testPrograms();
  const file = join(folder, "config.json");
  const config = {
    mode: "sandbox",
    directory: join(folder, "directory.json"),
    stores: { device: simulator(pin) },
    routes: [
      { algorithms: ["ES256", "SM2"], store: "device" },
      { algorithms: ["Ed25519"], store: "files" },
    ],
    programs: { driver_host: driverHostProgram, verifier: verifierProgram },
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

describe("opening a service's keys", () => {
  it("gives its encrypted files where nothing else is configured", async () => {
    const store = await openKeyStore(optionsOf());
    const signer = await openOrGenerateKey(store, "file:client", "ES256");
    const message = utf8Of("files");
    const signature = await signer.sign({ message });
    expect(verifySignature({ algorithm: "ES256", publicKey: signer.publicKey, message, signature })).toBe(
      true,
    );
    expect((await store.health()).device).toContain("encrypted files");
    await store.close();
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "key-store-closed" });
  });

  it("gives devices behind its labels where they are configured, each in a process of its own", async () => {
    const store = await openKeyStore(optionsOf(await writeConfig("pin")));
    const message = utf8Of("devices");
    for (const [label, algorithm] of [
      ["file:maker", "SM2"],
      ["file:token", "ES256"],
      ["file:checkpoint", "Ed25519"],
    ] as const) {
      const signer = await openOrGenerateKey(store, label, algorithm);
      const signature = await signer.sign({ message });
      expect(verifySignature({ algorithm, publicKey: signer.publicKey, message, signature }), label).toBe(
        true,
      );
    }
    const { keys } = JSON.parse(await readFile(join(folder, "directory.json"), "utf8")) as {
      keys: { label: string; uri: string }[];
    };
    expect(keys.map(({ label }) => label).sort()).toEqual(["maker", "token"]);
    expect(keys.every(({ uri }) => uri.startsWith("simulator:serial=S1;id="))).toBe(true);
    expect(await store.health()).toMatchObject({ state: "ready", counters: { signatures: 3 } });
    await store.close();
    expect(await store.health()).toMatchObject({ state: "closed" });
  });

  it("leaves nothing open when one of its devices cannot be", async () => {
    await writeFile(join(folder, "wrong-pin"), "648210", { mode: 0o600 });
    await chmod(join(folder, "wrong-pin"), 0o400);
    const attempt = openKeyStore(optionsOf(await writeConfig("wrong-pin")));
    await expect(attempt).rejects.toMatchObject({ code: "pin-incorrect" });
    const readable = openKeyStore(optionsOf(await writeConfig("passphrase")));
    await expect(readable).rejects.toMatchObject({ code: "pin-file-permissions" });
  });
});

describe("opening keys with files that are not the owner's alone", () => {
  it("refuses a configuration that others may write to: it names code", async () => {
    const configFile = await writeConfig("pin");
    await chmod(configFile, 0o666);
    await expect(openKeyStore(optionsOf(configFile))).rejects.toMatchObject({ code: "key-file-permissions" });
  });

  it("refuses a passphrase that everybody may read", async () => {
    const passphraseFile = join(folder, "open-passphrase");
    await writeFile(passphraseFile, "only for tests");
    await chmod(passphraseFile, 0o644);
    const refused = { code: "key-file-permissions" };
    await expect(openKeyStore({ ...optionsOf(), passphraseFile })).rejects.toMatchObject(refused);
    const uri = `file:${join(folder, "other")}?pin-source=file:${passphraseFile}`;
    const opening = openStore(uri, { mode: "sandbox" }, { verifier: verifyInProcess, randomBytes });
    await expect(opening).rejects.toMatchObject(refused);
  });
});

describe("opening one store by its URI", () => {
  const settings: StoreSettings = { mode: "sandbox" };
  const deps = { verifier: verifyInProcess, randomBytes };

  it.each(["libvendor.so", "./libvendor.so", "../lib/libvendor.so"])(
    "loads no library by a name that the loader would search for, such as %s",
    async (library) => {
      const malformed = {
        code: "configuration-malformed",
        message: expect.stringContaining("absolute") as string,
      };
      const uri = `pkcs11:serial=1?module-path=${library}&pin-source=pad:`;
      await expect(async () => openStore(uri, settings, deps)).rejects.toMatchObject(malformed);
      const driver = { library };
      const other = "pkcs11:serial=1?module-path=/opt/libvendor.so&pin-source=pad:";
      await expect(async () => openStore(other, { ...settings, driver }, deps)).rejects.toMatchObject(
        malformed,
      );
    },
  );

  it("opens a folder under the cipher that it asks for", async () => {
    const path = join(folder, "national");
    const uri = `file:${path}?pin-source=file:${join(folder, "passphrase")}&cipher=sm4-gcm`;
    const store = await openStore(uri, settings, deps);
    await openOrGenerateKey(store, "file:one", "SM2");
    await store.close();
    expect(JSON.parse(await readFile(join(path, "store.json"), "utf8"))).toMatchObject({ cipher: "sm4-gcm" });
    const again = await openStore(uri.replace("&cipher=sm4-gcm", ""), settings, deps);
    expect(await again.list()).toMatchObject([{ uri: "file:one" }]);
    await again.close();
    await expect(openStore(uri.replace("sm4-gcm", "rot13"), settings, deps)).rejects.toMatchObject({
      code: "configuration-malformed",
    });
  });

  it("says which passphrase file is missing or cannot be read", async () => {
    const open = (file: string) =>
      openStore(`file:${join(folder, "x")}?pin-source=file:${file}`, settings, deps);
    const missing = join(folder, "no-passphrase");
    await expect(open(missing)).rejects.toMatchObject({
      code: "pin-required",
      message: `there is no passphrase file ${missing}`,
    });
    await expect(open(join(folder, "passphrase", "below"))).rejects.toMatchObject({
      code: "key-file-permissions",
      message: expect.stringContaining("ENOTDIR") as string,
    });
  });

  it("tells what happens to a device, under its name", async () => {
    const events: OpeningEvent[] = [];
    const { uri, driver } = simulator("pin");
    const { driverHostProgram } = testPrograms();
    const store = await openStore(
      uri,
      { ...settings, driver: { ...driver, folder: join(folder, "crashing") } },
      { ...deps, driverHostProgram, log: (event) => events.push(event) },
    );
    const signer = await store.generation
      ?.generate({ label: "one", algorithm: "ES256" })
      .then((key) => store.signer(key.uri));
    (store as unknown as { killHost(): void }).killHost();
    await signer?.sign({ message: utf8Of("after a crash") });
    await store.close();
    expect(events.map(({ event }) => event)).toContain("host-restarted");
    expect(new Set(events.map((event) => event.store))).toEqual(new Set(["simulator:serial=S1"]));
  });

  it("asks nobody for a PIN where nobody is, and takes none out of the URI", async () => {
    expect(() => pinSourceOf("prompt:")).toThrow(expect.objectContaining({ code: "pin-required" }));
    await expect(pinSourceOf("pad:").read()).resolves.toBeUndefined();
    await expect(pinSourceOf(undefined).read()).rejects.toMatchObject({ code: "pin-required" });
    for (const text of ["648219", "file:pin", "file://host/pin"]) {
      expect(() => pinSourceOf(text), text).toThrow(
        expect.objectContaining({
          code: "configuration-malformed",
          message: expect.not.stringContaining("648219") as string,
        }),
      );
    }
  });
});

describe("the verifier of what a service's keys sign", () => {
  it("is a thread where its program is there, and this thread otherwise", async () => {
    const thread = openVerifier(testPrograms().verifierProgram);
    expect(thread).not.toBe(verifyInProcess);
    await thread.close();
    expect(openVerifier(join(folder, "nothing.mjs"))).toBe(verifyInProcess);
    expect(openVerifier("verifier/main.ts")).toBe(verifyInProcess);
  });
});
