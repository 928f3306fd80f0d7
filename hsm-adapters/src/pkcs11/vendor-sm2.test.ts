import { createPublicKey } from "node:crypto";

import { utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { generateKey, verifySignature } from "@yinxin/crypto/signer";
import { derOfRawSignature, sm2Encrypt, sm2Z } from "@yinxin/crypto/sm2";
import { afterEach, describe, expect } from "vitest";

import { inToolFolder } from "../../../crypto/testing/in-tool-folder.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { createSm2Token, pkcs11FixtureTools } from "../../testing/pkcs11-fixture.ts";
import type { Sm2Token } from "../../testing/pkcs11-fixture.ts";
import { connectInProcess } from "../driver/index.ts";
import type { DeviceConnection, DeviceKey } from "../driver/index.ts";
import { driver } from "./index.ts";

const message = utf8Of("印信：国密");

/** In the form that everybody reads. */
async function signWith(connection: DeviceConnection, key: DeviceKey, pin?: Uint8Array): Promise<Uint8Array> {
  const takes = key.mechanisms[0]?.takes;
  const input = takes === "digest" ? digest("SM3", sm2Z(key.publicKey), message) : message;
  const session = await connection.openSession();
  const contextPin = pin === undefined ? {} : { contextPin: pin };
  const request = { key: key.uri, algorithm: "SM2", input, ...contextPin } as const;
  return derOfRawSignature(await connection.sign(session, request));
}

function opensslSays({ publicKey }: DeviceKey, signature: Uint8Array): string {
  const pem = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" }).export({
    type: "spki",
    format: "pem",
  });
  return inToolFolder(
    { "key.pem": pem, message, signature },
    ({ run }) =>
      run(
        "openssl",
        ...["dgst", "-sm3", "-verify", "key.pem", "-signature", "signature"],
        ...["-sigopt", "distid:1234567812345678", "message"],
      ).output,
  );
}

describe("the PKCS#11 driver on a token with a vendor's SM2", () => {
  let token: Sm2Token | undefined;
  let connection: DeviceConnection | undefined;

  async function open(profile: unknown, ...words: readonly string[]): Promise<DeviceConnection> {
    token = createSm2Token(...words);
    process.env["PKCS11_FIXTURE_FOLDER"] = token.environment.PKCS11_FIXTURE_FOLDER;
    const { library, serial } = token;
    connection = await connectInProcess(driver, { library, token: { serial }, profile });
    return connection;
  }
  afterEach(async () => {
    await connection?.close();
    token?.dispose();
    connection = token = undefined;
  });
  const pin = (): Uint8Array => token?.pin() ?? new Uint8Array();

  const ways = [
    ["ibm-ep11", "8005000b", "digest"],
    ["ibm-ep11", "8005000c", "message"],
    ["sansec", "80008105", "digest"],
    ["sansec", "80008104", "digest"],
    ["sansec", "80008102", "message"],
    ["sansec", "80008103", "message"],
    ["sansec", "80008100", "message"],
    ["sansec", "80008101", "message"],
    ["wosign", "10002", "digest"],
    ["wosign", "10004", "message"],
  ] as const;
  for (const [profile, mechanism, takes] of ways) {
    toolTest(
      [...pkcs11FixtureTools, "openssl"],
      `makes SM2 signatures by ${profile}'s mechanism 0x${mechanism}, and openssl verifies them`,
      async () => {
        const opened = await open(profile, `profile=${profile}`, `only=${mechanism}`);
        await opened.login(pin());
        expect(opened.device).toMatchObject({ profile: `pkcs11-${profile}`, generates: ["SM2"] });
        const key = await opened.generateKey({ label: "章", algorithm: "SM2" });
        expect(key.mechanisms).toEqual([{ algorithm: "SM2", takes }]);
        expect(key.attributes).toMatchObject({ local: true, extractable: false, neverExtractable: true });
        const signature = await signWith(opened, key);
        expect(verifySignature({ algorithm: "SM2", publicKey: key.publicKey, message, signature })).toBe(
          true,
        );
        expect(opensslSays(key, signature)).toContain("Verified OK");
      },
    );
  }

  for (const profile of ["ibm-ep11", "sansec", "wosign"]) {
    toolTest(
      pkcs11FixtureTools,
      `brings SM2 keys into ${profile}'s token, and decrypts with them`,
      async () => {
        const opened = await open(profile, `profile=${profile}`);
        await opened.login(pin());
        const { pkcs8, spki } = generateKey("SM2");
        const key = await opened.importKey({ label: "加密", algorithm: "SM2", pkcs8 });
        expect(key).toMatchObject({ publicKey: spki, decrypts: true, attributes: { local: false } });
        const session = await opened.openSession();
        const ciphertext = sm2Encrypt(spki, message);
        const request = { key: key.uri, kind: "sm2" } as const;
        expect(await opened.decrypt(session, { ...request, ciphertext })).toEqual(message);
        const signature = await signWith(opened, key);
        expect(verifySignature({ algorithm: "SM2", publicKey: spki, message, signature })).toBe(true);
        const last = ciphertext.length - 1;
        const damaged = ciphertext.with(last, (ciphertext[last] ?? 0) ^ 1);
        await expect(opened.decrypt(session, { ...request, ciphertext: damaged })).rejects.toMatchObject({
          code: "vendor-error",
          facts: { vendor: { number: 0x40, call: "C_Decrypt" } },
        });
      },
    );
  }

  toolTest(pkcs11FixtureTools, "reads a point without the OCTET STRING around it", async () => {
    const opened = await open("ibm-ep11", "bare-point");
    await opened.login(pin());
    const key = await opened.generateKey({ label: "bare", algorithm: "SM2" });
    const signature = await signWith(opened, key);
    expect(verifySignature({ algorithm: "SM2", publicKey: key.publicKey, message, signature })).toBe(true);
  });

  toolTest(
    pkcs11FixtureTools,
    "leaves the identifier of before where a token does not let it be changed",
    async () => {
      const opened = await open("ibm-ep11", "fixed-id");
      await opened.login(pin());
      const keys = [
        await opened.generateKey({ label: "first", algorithm: "SM2" }),
        await opened.generateKey({ label: "second", algorithm: "SM2" }),
      ];
      expect(new Set(keys.map(({ uri }) => uri)).size).toBe(2);
      // "yinxin:new:", and what no other key has.
      for (const { uri } of keys)
        expect(uri).toMatch(/;id=%79%69%6e%78%69%6e%3a%6e%65%77%3a(%[0-9a-f]{2}){9}$/);
      expect((await opened.listKeys()).map(({ uri }) => uri).sort()).toEqual(
        keys.map(({ uri }) => uri).sort(),
      );
    },
  );

  toolTest(
    pkcs11FixtureTools,
    "has no SM2 for a vendor's token under a profile that does not fit",
    async () => {
      const opened = await open("wosign", "profile=ibm-ep11");
      expect(opened.device).toMatchObject({ generates: [] });
      await opened.login(pin());
      expect(await opened.listKeys()).toEqual([]);
      await expect(opened.generateKey({ label: "x", algorithm: "SM2" })).rejects.toMatchObject({
        code: "operation-not-supported",
      });
    },
  );

  toolTest(pkcs11FixtureTools, "counts wrong PINs as the token does, down to the lock", async () => {
    const opened = await open("ibm-ep11", "tries=3");
    const wrong = (): Promise<void> => opened.login(utf8Of("000111"));
    expect(await opened.pinStatus()).toMatchObject({ isNeeded: true, isLocked: false, isLastTry: false });
    await expect(wrong()).rejects.toMatchObject({ code: "pin-incorrect" });
    await expect(wrong()).rejects.toMatchObject({ code: "pin-incorrect", facts: { remainingTries: 1 } });
    expect(await opened.pinStatus()).toMatchObject({ isLastTry: true, remainingTries: 1 });
    await expect(wrong()).rejects.toMatchObject({ code: "pin-locked" });
    expect(await opened.pinStatus()).toMatchObject({ isLocked: true, isLastTry: false, remainingTries: 0 });
    await expect(opened.login(pin())).rejects.toMatchObject({ code: "pin-locked" });
  });

  toolTest(
    pkcs11FixtureTools,
    "lets the PIN be typed on the device's own pad, also at each signature",
    async () => {
      const opened = await open("ibm-ep11", "pad", "always-authenticate");
      expect(await opened.pinStatus()).toMatchObject({ hasPinPad: true, isLoggedIn: false });
      await opened.login(undefined);
      expect(await opened.pinStatus()).toMatchObject({ isLoggedIn: true });
      const key = await opened.generateKey({ label: "pad", algorithm: "SM2" });
      expect(key.attributes).toMatchObject({ alwaysAuthenticate: true });
      const signature = await signWith(opened, key);
      expect(verifySignature({ algorithm: "SM2", publicKey: key.publicKey, message, signature })).toBe(true);
    },
  );

  toolTest(
    pkcs11FixtureTools,
    "gives the PIN again at each signature of a key that wants it, and wipes it",
    async () => {
      const opened = await open("ibm-ep11", "always-authenticate");
      await opened.login(pin());
      const key = await opened.generateKey({ label: "context", algorithm: "SM2" });
      for (let number = 0; number < 3; number += 1) {
        const contextPin = pin();
        const signature = await signWith(opened, key, contextPin);
        expect(verifySignature({ algorithm: "SM2", publicKey: key.publicKey, message, signature })).toBe(
          true,
        );
        expect(contextPin).toEqual(new Uint8Array(6));
      }
      await expect(signWith(opened, key)).rejects.toMatchObject({ code: "pin-required" });
      await expect(signWith(opened, key, utf8Of("000111"))).rejects.toMatchObject({ code: "pin-incorrect" });
    },
  );

  for (const words of [["always-authenticate"], ["pad", "always-authenticate"]]) {
    toolTest(
      pkcs11FixtureTools,
      `lets nothing come between a PIN and its signature (${words.join(", ")})`,
      async () => {
        const opened = await open("ibm-ep11", ...words);
        const isTyped = words.includes("pad");
        await opened.login(isTyped ? undefined : pin());
        const key = await opened.generateKey({ label: "many", algorithm: "SM2" });
        const signatures = await Promise.all(
          Array.from({ length: 8 }, () => signWith(opened, key, isTyped ? undefined : pin())),
        );
        for (const signature of signatures) {
          expect(verifySignature({ algorithm: "SM2", publicKey: key.publicKey, message, signature })).toBe(
            true,
          );
        }
      },
    );
  }

  toolTest(pkcs11FixtureTools, "lets no session sign again in which a PIN was refused", async () => {
    const opened = await open("ibm-ep11", "always-authenticate");
    await opened.login(pin());
    const key = await opened.generateKey({ label: "poisoned", algorithm: "SM2" });
    const session = await opened.openSession();
    const request = { key: key.uri, algorithm: "SM2", input: new Uint8Array(32) } as const;
    await expect(opened.sign(session, request)).rejects.toMatchObject({ code: "pin-required" });
    await expect(opened.sign(session, { ...request, contextPin: pin() })).rejects.toMatchObject({
      code: "session-lost",
    });
    await expect(opened.validateSession(session)).rejects.toMatchObject({ code: "session-lost" });
  });

  toolTest(pkcs11FixtureTools, "says that all sessions are taken, and how many there are", async () => {
    const opened = await open("ibm-ep11");
    expect(opened.device.maximumSessions).toBe(64);
    const sessions: number[] = [];
    const takeAll = async (): Promise<void> => {
      for (;;) sessions.push(await opened.openSession());
    };
    await expect(takeAll()).rejects.toMatchObject({ code: "device-busy" });
    // One keeps the login alive.
    expect(sessions).toHaveLength(63);
  });
});
