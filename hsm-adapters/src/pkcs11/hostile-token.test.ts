import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { generateKey } from "@yinxin/crypto/signer";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";

import { findTool, toolTest } from "../../../scripts/testing/tools.ts";
import { createSm2Token, pkcs11FixtureTools } from "../../testing/pkcs11-fixture.ts";
import type { Sm2Token } from "../../testing/pkcs11-fixture.ts";
import { createSoftHsm, softHsmTools } from "../../testing/softhsm.ts";
import type { SoftHsm } from "../../testing/softhsm.ts";
import { connectInProcess } from "../driver/index.ts";
import type { DeviceConnection } from "../driver/index.ts";
import { readKeyUri, writeKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { driver } from "./index.ts";

const tools = [...softHsmTools, "pkcs11-tool"];

describe("a token that another program writes on too", () => {
  let softHsm: SoftHsm;
  let connection: DeviceConnection;
  const isThere = tools.every((tool) => findTool(tool) !== undefined);

  beforeAll(async () => {
    if (!isThere) return;
    softHsm = createSoftHsm("shared");
    process.env["SOFTHSM2_CONF"] = softHsm.environment.SOFTHSM2_CONF;
    connection = await connectInProcess(driver, { library: softHsm.library, token: { label: "shared" } });
    await connection.login(softHsm.pin());
  });
  afterAll(async () => {
    if (!isThere) return;
    await connection.close();
    softHsm.dispose();
  });

  /** A public object under a CKA_ID, as anybody may put one there. */
  const plant = (id: string, spki: Uint8Array): void => {
    const file = join(softHsm.folder, "planted.der");
    writeFileSync(file, spki);
    softHsm.pkcs11Tool("--write-object", file, "--type", "pubkey", "--id", id, "--label", "planted");
  };
  const spkiOf = (kind: "rsa" | "ec"): Uint8Array => {
    const { publicKey } =
      kind === "rsa"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ec", { namedCurve: "P-256" });
    return new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  };
  const uriOf = (id: string): KeyUri =>
    writeKeyUri("pkcs11", { serial: softHsm.serial, id: Uint8Array.from(Buffer.from(id, "hex")) });

  toolTest(tools, "is believed no public key that is not the private object's own", async () => {
    softHsm.pkcs11Tool("--keypairgen", "--key-type", "rsa:2048", "--id", "0a01", "--label", "made-elsewhere");
    const before = await connection.findKey(uriOf("0a01"));
    softHsm.pkcs11Tool("--delete-object", "--type", "pubkey", "--id", "0a01");
    plant("0a01", spkiOf("rsa"));
    expect((await connection.findKey(uriOf("0a01")))?.publicKey).toEqual(before?.publicKey);
  });

  toolTest(tools, "does not change the public key of a key whose CKA_ID is computed from it", async () => {
    for (let tries = 0; tries < 3; tries += 1) {
      const key = await connection.generateKey({ label: `named-${String(tries)}`, algorithm: "ES256" });
      const id = hexOf(readKeyUri(key.uri).attributes.get("id") ?? new Uint8Array());
      softHsm.pkcs11Tool("--delete-object", "--type", "pubkey", "--id", id);
      plant(id, spkiOf("ec"));
      plant(id, key.publicKey);
      expect((await connection.findKey(key.uri))?.publicKey).toEqual(key.publicKey);
    }
  });

  toolTest(tools, "keeps another key with the same CKA_ID when one is destroyed", async () => {
    for (const type of ["EC:prime256v1", "rsa:2048"])
      softHsm.pkcs11Tool("--keypairgen", "--key-type", type, "--id", "0b02", "--label", type);
    const named = await connection.findKey(uriOf("0b02"));
    await connection.destroyKey(uriOf("0b02"));
    const left = await connection.findKey(uriOf("0b02"));
    expect(left).toBeDefined();
    expect(left?.publicKey).not.toEqual(named?.publicKey);
    const objects = (): number => softHsm.pkcs11Tool("--list-objects").match(/ID: +0b02/g)?.length ?? 0;
    expect(objects()).toBe(2);
    await connection.destroyKey(uriOf("0b02"));
    expect(objects()).toBe(0);
  });
});

describe("a token that does not do as it is told", () => {
  const tokens: Sm2Token[] = [];
  let connection: DeviceConnection | undefined;

  async function open(...words: readonly string[]): Promise<[DeviceConnection, Sm2Token]> {
    const token = createSm2Token(...words);
    tokens.push(token);
    process.env["PKCS11_FIXTURE_FOLDER"] = token.environment.PKCS11_FIXTURE_FOLDER;
    const { library, serial } = token;
    connection = await connectInProcess(driver, { library, token: { serial }, profile: "ibm-ep11" });
    return [connection, token];
  }
  afterEach(async () => {
    await connection?.close();
    for (const token of tokens.splice(0)) token.dispose();
    connection = undefined;
  });

  toolTest(pkcs11FixtureTools, "gets a wrong PIN once, whatever number it answers", async () => {
    for (const number of ["80000123", "7", "999"]) {
      const [opened] = await open(`wrong-pin=${number}`);
      await expect(opened.login(utf8Of("111222"))).rejects.toMatchObject({
        code: "pin-incorrect",
        facts: { vendor: { number: Number(`0x${number}`), call: "C_Login" } },
      });
      await opened.close();
    }
  });

  toolTest(pkcs11FixtureTools, "gets no empty PIN, which would be the sign for its own pad", async () => {
    const [opened, sm2] = await open("tries=1");
    await expect(opened.login(new Uint8Array())).rejects.toMatchObject({ code: "pin-incorrect" });
    await opened.login(sm2.pin());
  });

  toolTest(pkcs11FixtureTools, "keeps no key that can be taken out, made or brought in", async () => {
    const [opened, sm2] = await open("extractable");
    await opened.login(sm2.pin());
    const refused = { code: "self-check-failed" };
    await expect(opened.generateKey({ label: "made", algorithm: "SM2" })).rejects.toMatchObject(refused);
    const { pkcs8 } = generateKey("SM2");
    await expect(opened.importKey({ label: "brought", algorithm: "SM2", pkcs8 })).rejects.toMatchObject(
      refused,
    );
    expect(await opened.listKeys()).toEqual([]);
  });
});
