import { createECDH, createHash, generateKeyPairSync, publicEncrypt, constants as rsa } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { pemOfDer, utf8Of } from "@yinxin/crypto/bytes";
import { integer, sequence } from "@yinxin/crypto/der";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { toolSuite, toolTest } from "../../../scripts/testing/tools.ts";
import { findLibrary, requireLibrary, runTool } from "../../testing/pkcs11-token.ts";
import { algorithmNumbers } from "../../testing/virtual-card/card-keys.ts";
import { otherApplicationId } from "../../testing/virtual-card/virtual-piv-card.ts";
import { startVirtualReader, virtualReaderTools } from "../../testing/virtual-card/virtual-reader.ts";
import type { VirtualReader } from "../../testing/virtual-card/virtual-reader.ts";
import { connectInProcess } from "../driver/index.ts";
import type { DeviceConnection, DeviceEvent, DeviceKey, SessionNumber } from "../driver/index.ts";
import { parseKeyUri } from "../key-store/index.ts";
import type { KeyStoreError } from "../key-store/index.ts";
import { loadPcsc, openPcscContext } from "../pcsc/index.ts";
import type { PcscCard } from "../pcsc/index.ts";
import { instructions } from "./apdu.ts";
import { writeCertificateObject } from "./certificate-object.ts";
import { driver } from "./index.ts";
import { placeholderCertificate } from "./placeholder-certificate.ts";

const openscLibrary = "opensc-pkcs11.so";
const message = utf8Of("印信");

toolSuite(virtualReaderTools("openssl"), "the driver for PIV cards", () => {
  let reader: VirtualReader;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "yinxin-piv-"));
    reader = await startVirtualReader();
    // libpcsclite reads it at its first call in this process.
    Object.assign(process.env, reader.environment);
  });
  afterAll(async () => {
    await reader.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const managed = (newKeySlots?: readonly string[]) => ({
    managementKey: { file: reader.managementKeyFile, algorithm: "aes-192" },
    ...(newKeySlots === undefined ? {} : { newKeySlots }),
  });

  const connect = (config: object = {}) => connectInProcess(driver, config);

  const withCard = async (
    body: (card: DeviceConnection) => Promise<void>,
    config?: object,
  ): Promise<void> => {
    const card = await connect(config);
    try {
      await body(card);
    } finally {
      await card.close();
    }
  };

  const sign = (
    card: DeviceConnection,
    session: SessionNumber,
    key: DeviceKey,
    { algorithm, pin }: { algorithm: SignatureAlgorithmName; pin?: boolean },
  ) =>
    card.sign(session, {
      key: key.uri,
      algorithm,
      input: digestOf(algorithm),
      ...(pin === true ? { contextPin: reader.pin() } : {}),
    });

  /** What openssl says, which knows nothing of us. */
  const judge = (key: DeviceKey, algorithm: SignatureAlgorithmName, signature: Uint8Array): string => {
    const [keyFile, signatureFile, digestFile] = ["key.pem", "signature", "digest"].map((name) =>
      join(folder, name),
    );
    writeFileSync(keyFile ?? "", pemOfDer(key.publicKey, "PUBLIC KEY"));
    writeFileSync(signatureFile ?? "", opensslForm(algorithm, signature));
    writeFileSync(digestFile ?? "", digestOf(algorithm));
    const options = opensslOptions(algorithm).flatMap((option) => ["-pkeyopt", option]);
    const files = [
      "-pubin",
      "-inkey",
      keyFile ?? "",
      "-in",
      digestFile ?? "",
      "-sigfile",
      signatureFile ?? "",
    ];
    return runTool("openssl", ["pkeyutl", "-verify", ...files, ...options]).trim();
  };

  describe("finding a card", () => {
    it("finds it by its serial number, and says what it is", async () => {
      await withCard(
        (card) => {
          expect(card.device).toMatchObject({
            family: "piv",
            manufacturer: "Yubico",
            firmware: "4.3.5",
            serial: reader.settings.guid,
            label: "Yinxin Virtual 00 00",
            can: ["read-certificate", "decrypt", "events"],
            generates: [],
          });
          return Promise.resolve();
        },
        { serial: reader.settings.guid },
      );
    });

    it("says what every reader holds when the card is not there: token-not-found", async () => {
      await expect(connect({ serial: "00ff" })).rejects.toMatchObject({
        code: "token-not-found",
        facts: {
          seen: [`Yinxin Virtual 00 00: PIV card ${reader.settings.guid}`, "Yinxin Virtual 00 01: no card"],
        },
      });
      await expect(connect({ reader: "Another" })).rejects.toMatchObject({
        code: "token-not-found",
        facts: {
          seen: expect.arrayContaining([
            "Yinxin Virtual 00 00: not the reader that is configured",
          ]) as string[],
        },
      });
    });
  });

  describe("a card that another program uses too", () => {
    it("gets the PIN only as PIV, and shows its keys, whatever application the other left selected", async () => {
      await withCard(async (card) => {
        await selectByAnother();
        await card.login(reader.pin());
        expect(await card.pinStatus()).toMatchObject({ isLoggedIn: true });
      });
      await withCard(
        async (card) => {
          await card.login(reader.pin());
          const key = await card.generateKey({ label: "shared", algorithm: "ES256" });
          await card.refresh();
          await selectByAnother();
          expect((await card.listKeys()).map(({ uri }) => uri)).toEqual([key.uri]);
        },
        managed(["9a"]),
      );
    });

    it("gets no new key in a slot that the other has filled meanwhile, or that nobody has named", async () => {
      await reader.replaceCard();
      await withCard(
        async (card) => {
          expect(await card.listKeys()).toEqual([]);
          await withCard(
            async (other) => {
              await other.generateKey({ label: "first", algorithm: "ES256" });
              // The other is still there: nothing has told the first of the change.
              await expect(card.generateKey({ label: "second", algorithm: "ES256" })).rejects.toMatchObject({
                code: "operation-not-supported",
              });
              expect(await card.listKeys()).toEqual([expect.objectContaining({ label: "first" })]);
            },
            managed(["82"]),
          );
        },
        managed(["82"]),
      );
      await withCard(async (card) => {
        await expect(card.generateKey({ label: "third", algorithm: "ES256" })).rejects.toMatchObject({
          code: "operation-not-supported",
          message: expect.stringContaining("newKeySlots") as string,
        });
      }, managed());
      await reader.replaceCard();
    });
  });

  describe("keys made on the card", () => {
    it("are made where the management key is known, sign, and openssl verifies; the labels stay", async () => {
      await withCard(
        async (card) => {
          await card.login(reader.pin());
          const session = await card.openSession();
          for (const algorithm of ["ES256", "ES384", "RS256"] as const) {
            const key = await card.generateKey({ label: `made-${algorithm.toLowerCase()}`, algorithm });
            expect(key.attributes).toMatchObject({
              local: true,
              neverExtractable: true,
              alwaysAuthenticate: false,
            });
            expect(judge(key, algorithm, await sign(card, session, key, { algorithm }))).toBe(verified);
            if (algorithm !== "RS256") continue;
            for (const row of ["PS256", "RS384", "PS512"] as const) {
              expect(judge(key, row, await sign(card, session, key, { algorithm: row })), row).toBe(verified);
            }
          }
          const again = { label: "made-es256", algorithm: "ES256" } as const;
          await expect(card.generateKey(again)).rejects.toMatchObject({ code: "key-exists" });
        },
        managed(["9a", "82", "83"]),
      );
      await withCard(async (card) => {
        expect((await card.listKeys()).map(({ label, uri }) => [label, uri.slice(-2)])).toEqual([
          ["made-es256", "9a"],
          ["made-es384", "82"],
          ["made-rs256", "83"],
        ]);
      });
    });

    it("leave no room for another one where the configured slots are taken", async () => {
      await withCard(
        async (card) => {
          const request = { label: "more", algorithm: "ES256" } as const;
          await expect(card.generateKey(request)).rejects.toMatchObject({
            code: "operation-not-supported",
            facts: { seen: expect.arrayContaining([expect.stringContaining("made-es256")]) as string[] },
          });
        },
        managed(["9a"]),
      );
    });

    it("are not made without the management key, nor with a wrong one or the factory's", async () => {
      const refusal = async (key: string): Promise<unknown> => {
        const file = join(folder, "other-key");
        rmSync(file, { force: true });
        writeFileSync(file, key);
        chmodSync(file, 0o400);
        const card = await connect({ managementKey: { file, algorithm: "aes-192" }, newKeySlots: ["84"] });
        const outcome = card
          .generateKey({ label: "never", algorithm: "ES256" })
          .catch((cause: unknown) => cause);
        return outcome.finally(() => card.close());
      };
      expect(await refusal("ab".repeat(24))).toMatchObject({ code: "not-permitted" });
      expect(await refusal("0102030405060708".repeat(3))).toMatchObject({ code: "pin-default" });
      expect(await refusal("ab".repeat(16))).toMatchObject({ code: "configuration-malformed" });
      await withCard(async (card) => {
        const request = { label: "never", algorithm: "ES256" } as const;
        await expect(card.generateKey(request)).rejects.toMatchObject({ code: "operation-not-supported" });
        expect(await card.listKeys()).toHaveLength(3);
      });
    });

    toolTest(
      [
        "pkcs11-tool",
        "opensc-tool",
        "openssl",
        ...(findLibrary(openscLibrary) === undefined ? [openscLibrary] : []),
      ],
      "are read and used by OpenSC, which knows nothing of us",
      () => {
        const tool = (...args: readonly string[]): string =>
          runTool("pkcs11-tool", ["--module", requireLibrary(openscLibrary), ...args], reader.environment);
        expect(runTool("opensc-tool", ["-n"], reader.environment)).toContain(
          "Personal Identity Verification Card",
        );
        expect(tool("-L")).toMatch(/token label +: made-es256/);
        expect(tool("-M")).toMatch(/ECDSA.*sign/);
        expect(tool("-O")).toContain("CN=made-es256");
        const [input, output] = [join(folder, "opensc-input"), join(folder, "opensc-signature")];
        writeFileSync(input, digestOf("ES256"));
        const files = ["--input-file", input, "--output-file", output];
        tool(
          "--login",
          "--pin",
          reader.settings.pin,
          "--sign",
          "--mechanism",
          "ECDSA",
          "--id",
          "01",
          ...files,
        );
        tool("--read-object", "--type", "pubkey", "--id", "01", "--output-file", join(folder, "opensc.der"));
        const text = runTool("openssl", [
          ...["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", join(folder, "opensc.der")],
          ...["-in", input, "-sigfile", derFile(folder, output)],
        ]);
        expect(text.trim()).toBe(verified);
      },
    );
  });

  describe("a PIN", () => {
    beforeAll(async () => {
      await reader.replaceCard();
    });

    it("is tried once, with the tries that are left in the refusal, and the card locks after the third", async () => {
      await withCard(async (card) => {
        expect(await card.pinStatus()).toMatchObject({
          isNeeded: true,
          isLoggedIn: false,
          remainingTries: 3,
        });
        const pin = utf8Of("111222");
        const before = await reader.tell({ order: "count", instruction: instructions.verify });
        await expect(card.login(pin)).rejects.toMatchObject({
          code: "pin-incorrect",
          facts: { remainingTries: 2, vendor: { family: "piv", name: "63C2" } },
        });
        expect(pin).toEqual(new Uint8Array(6));
        await expect(card.login(utf8Of("1234"))).rejects.toMatchObject({
          code: "pin-incorrect",
          facts: { remainingTries: 2 },
        });
        expect((await reader.tell({ order: "count", instruction: instructions.verify })) - before).toBe(1);
        await expect(card.login(utf8Of("111222"))).rejects.toMatchObject({ facts: { remainingTries: 1 } });
        expect(await card.pinStatus()).toMatchObject({ isLastTry: true, isLocked: false });
        await expect(card.login(utf8Of("111222"))).rejects.toMatchObject({ code: "pin-locked" });
        expect(await card.pinStatus()).toMatchObject({ isLocked: true, remainingTries: 0 });
        await expect(card.login(reader.pin())).rejects.toMatchObject({ code: "pin-locked" });
      });
    });
  });

  describe("a card with keys that others put there", () => {
    const agreement = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const decryption = generateKeyPairSync("rsa", { modulusLength: 2048 });

    beforeAll(async () => {
      await reader.replaceCard({ version: [5, 4, 3] });
      const object = (publicKey: Uint8Array): readonly [number, string] => [
        0x5fc10b,
        Buffer.from(
          writeCertificateObject({ certificate: placeholderCertificate("9d", publicKey), isOurs: false }),
        ).toString("hex"),
      ];
      const spki = new Uint8Array(agreement.publicKey.export({ type: "spki", format: "der" }));
      const put = { order: "put", slot: 0x9d, algorithm: algorithmNumbers.p256 } as const;
      await reader.tell({ ...put, pkcs8: pkcs8Of(agreement.privateKey), object: object(spki) });
      const rsaKey = { order: "put", slot: 0x82, algorithm: algorithmNumbers.rsa2048 } as const;
      await reader.tell({ ...rsaKey, pkcs8: pkcs8Of(decryption.privateKey) });
    });

    it("shows those without a certificate too, where the card tells metadata", async () => {
      await withCard(async (card) => {
        const shown = (await card.listKeys()).map(({ label, mechanisms, decrypts }) => ({
          label,
          row: mechanisms[0]?.algorithm,
          decrypts,
        }));
        expect(shown).toEqual([
          { label: "9d", row: "ES256", decrypts: true },
          { label: "slot 82", row: "RS256", decrypts: true },
        ]);
      });
    });

    it("agrees on a secret with 9d, and decrypts OAEP with a retired key", async () => {
      const peer = createECDH("prime256v1");
      peer.generateKeys();
      const shared = peer.computeSecret(pointOf(agreement.publicKey.export({ type: "spki", format: "der" })));
      const ciphertext = publicEncrypt(
        { key: decryption.publicKey, padding: rsa.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
        message,
      );
      await withCard(async (card) => {
        await card.login(reader.pin());
        const session = await card.openSession();
        const uriOf = (slot: string) => parseKeyUri(`piv:serial=${reader.settings.guid};slot=${slot}`);
        const agreed = {
          key: uriOf("9d"),
          kind: "ecdh-p256",
          peer: new Uint8Array(peer.getPublicKey()),
        } as const;
        expect(Buffer.from(await card.decrypt(session, agreed))).toEqual(shared);
        const sealed = { key: uriOf("82"), kind: "rsa-oaep", digest: "SHA-256" } as const;
        expect(await card.decrypt(session, { ...sealed, ciphertext: new Uint8Array(ciphertext) })).toEqual(
          message,
        );
        const spoilt = { ...sealed, digest: "SHA-512", ciphertext: new Uint8Array(ciphertext) } as const;
        await expect(card.decrypt(session, spoilt)).rejects.toMatchObject({ code: "vendor-error" });
        const wrongKind = { ...sealed, key: uriOf("9d"), ciphertext: new Uint8Array(ciphertext) };
        await expect(card.decrypt(session, wrongKind)).rejects.toMatchObject({
          code: "algorithm-not-supported",
        });
      });
    });
  });

  describe("a card that is reset or pulled", () => {
    beforeAll(async () => {
      await reader.replaceCard();
      await withCard(
        async (card) => {
          await card.generateKey({ label: "always", algorithm: "ES256" });
          await card.generateKey({ label: "once", algorithm: "ES256" });
        },
        managed(["9c", "9a"]),
      );
    });

    let card: DeviceConnection;
    let [always, once]: DeviceKey[] = [];
    const events: DeviceEvent[] = [];
    beforeAll(async () => {
      card = await connect();
      card.onEvent((event) => events.push(event));
      const keys = await card.listKeys();
      always = keys.find(({ label }) => label === "always");
      once = keys.find(({ label }) => label === "once");
    });
    afterAll(() => card.close());
    beforeEach(() => card.login(reader.pin()));

    it("wants the PIN for every signature with 9c, and forgets it in between", async () => {
      const key = always ?? failed();
      expect(key.attributes.alwaysAuthenticate).toBe(true);
      const session = await card.openSession();
      const withPin = { algorithm: "ES256", pin: true } as const;
      expect(judge(key, "ES256", await sign(card, session, key, withPin))).toBe(verified);
      const bare = sign(card, session, key, { algorithm: "ES256" });
      await expect(bare).rejects.toMatchObject({ code: "pin-required" });
      expect(judge(key, "ES256", await sign(card, session, key, withPin))).toBe(verified);
      const foreign = sign(card, session, key, { algorithm: "SM2" });
      await expect(foreign).rejects.toMatchObject({
        code: "algorithm-not-supported",
        facts: { supported: ["ES256"] },
      });
    });

    it("has lost its sessions and the login after another program reset it, and goes on after a login", async () => {
      const key = once ?? failed();
      const session = await card.openSession();
      await resetByAnother();
      await expect(sign(card, session, key, { algorithm: "ES256" })).rejects.toMatchObject({
        code: "session-lost",
      });
      await expect(card.validateSession(session)).rejects.toMatchObject({ code: "session-lost" });
      const next = await card.openSession();
      await card.validateSession(next);
      await expect(sign(card, next, key, { algorithm: "ES256" })).rejects.toMatchObject({
        code: "login-lost",
      });
      await card.login(reader.pin());
      expect(judge(key, "ES256", await sign(card, next, key, { algorithm: "ES256" }))).toBe(verified);
    });

    it("is device-removed when it is pulled in the middle of a signature, and works when it is back", async () => {
      const key = once ?? failed();
      const session = await card.openSession();
      await reader.tell({ order: "pull-at", instruction: instructions.generalAuthenticate });
      await expect(sign(card, session, key, { algorithm: "ES256" })).rejects.toMatchObject({
        code: "device-removed",
      });
      await expect(card.openSession()).rejects.toMatchObject({ code: "device-removed" });
      await reader.tell({ order: "insert" });
      // The resource manager tells of it when it comes to that; it is away until then.
      const signed = () =>
        sign(card, session, key, { algorithm: "ES256" }).catch(
          (cause: unknown) => (cause as KeyStoreError).code,
        );
      await expect.poll(signed).toBe("session-lost");
      const next = await card.openSession();
      await card.login(reader.pin());
      expect(judge(key, "ES256", await sign(card, next, key, { algorithm: "ES256" }))).toBe(verified);
      expect(events.map(({ kind }) => kind)).toEqual(["removed", "inserted"]);
    });

    it("forgets the PIN on logout and on refresh", async () => {
      await card.logout();
      expect(await card.pinStatus()).toMatchObject({ isLoggedIn: false });
      await card.refresh();
      expect(await card.listKeys()).toHaveLength(2);
    });
  });
});

const verified = "Signature Verified Successfully";

function failed(): never {
  throw new Error("the key was not made");
}

/** As any program on the machine may. */
async function resetByAnother(): Promise<void> {
  await useByAnother((card) => card.disconnect("reset"));
}

/** A program that uses another application on the card, and leaves it selected. */
async function selectByAnother(): Promise<void> {
  await useByAnother(async (card) => {
    const header = [0x00, 0xa4, 0x04, 0x00, otherApplicationId.length];
    await card.transmit(Uint8Array.of(...header, ...otherApplicationId, 0));
    await card.disconnect("as-it-is");
  });
}

async function useByAnother(use: (card: PcscCard) => Promise<void>): Promise<void> {
  const context = await openPcscContext(await loadPcsc());
  const [name = ""] = await context.listReaders();
  await use(await context.connect(name));
  await context.release();
}

function digestNameOf(algorithm: SignatureAlgorithmName): string {
  return (signatureAlgorithms[algorithm].digest ?? "").replace("-", "").toLowerCase();
}

function digestOf(algorithm: SignatureAlgorithmName): Uint8Array {
  const name = algorithm === "SM2" ? "sha256" : digestNameOf(algorithm);
  return new Uint8Array(createHash(name).update(message).digest());
}

function opensslOptions(algorithm: SignatureAlgorithmName): readonly string[] {
  const digest = `digest:${digestNameOf(algorithm)}`;
  if (algorithm.startsWith("PS")) return [digest, "rsa_padding_mode:pss", "rsa_pss_saltlen:digest"];
  return algorithm.startsWith("RS") ? [digest, "rsa_padding_mode:pkcs1"] : [digest];
}

function opensslForm(algorithm: SignatureAlgorithmName, signature: Uint8Array): Uint8Array {
  if (!algorithm.startsWith("ES")) return signature;
  const half = signature.length / 2;
  const number = (octets: Uint8Array) => integer(BigInt(`0x${Buffer.from(octets).toString("hex")}`));
  return sequence(number(signature.subarray(0, half)), number(signature.subarray(half)));
}

/** pkcs11-tool writes r ‖ s; openssl reads DER. */
function derFile(folder: string, plain: string): string {
  const file = join(folder, "opensc-signature.der");
  writeFileSync(file, opensslForm("ES256", new Uint8Array(readFileSync(plain))));
  return file;
}

function pkcs8Of(key: ReturnType<typeof generateKeyPairSync>["privateKey"]): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function pointOf(spki: Buffer): Buffer {
  return spki.subarray(-65);
}
