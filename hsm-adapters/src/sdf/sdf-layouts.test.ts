import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { pemOfDer, utf8Of } from "@yinxin/crypto/bytes";
import { derOfRawSignature, sm2Encrypt } from "@yinxin/crypto/sm2";
import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import {
  connect,
  connectLoggedIn,
  createDevice,
  isRight,
  keyNamed,
  sign,
} from "../../testing/sdf-fixture/connect-sdf.ts";
import { sdfFixtureTools, sdfLayouts } from "../../testing/sdf-fixture/index.ts";

describe("an SDF device", () => {
  for (const layout of sdfLayouts) {
    toolTest(
      [...sdfFixtureTools, "openssl"],
      `in the layout "${layout}" signs what OpenSSL verifies, decrypts, and gives randomness`,
      async () => {
        const state = createDevice();
        const connection = await connectLoggedIn(layout);
        const key = await keyNamed(connection, ";index=1");
        const message = randomBytes(100);
        const signature = await sign(connection, key, message);
        expect(isRight(key, message, signature)).toBe(true);
        const file = (name: string, contents: Uint8Array | string): string => {
          writeFileSync(join(state.folder, name), contents);
          return join(state.folder, name);
        };
        const opensslSaid = execFileSync("openssl", [
          ...["dgst", "-sm3", "-sigopt", "distid:1234567812345678"],
          ...["-verify", file("key.pem", pemOfDer(key.publicKey, "PUBLIC KEY"))],
          ...["-signature", file("signature", derOfRawSignature(signature)), file("message", message)],
        ]);
        expect(opensslSaid.toString()).toContain("Verified OK");

        const encryption = await keyNamed(connection, ";use=encrypt");
        expect(encryption).toMatchObject({ decrypts: true, mechanisms: [] });
        const session = await connection.openSession();
        const ciphertext = sm2Encrypt(encryption.publicKey, utf8Of("印信"));
        expect(await connection.decrypt(session, { key: encryption.uri, kind: "sm2", ciphertext })).toEqual(
          utf8Of("印信"),
        );
        expect((await connection.random(40)).some((octet) => octet !== 0)).toBe(true);
      },
    );
  }

  toolTest(sdfFixtureTools, "signs with an RSA key, also with the argument that a vendor added", async () => {
    for (const layout of ["standard", "sansec"] as const) {
      const state = createDevice();
      state.fillIndex(2, "rsa");
      const connection = await connectLoggedIn(layout);
      const key = await keyNamed(connection, ";index=2;kind=rsa");
      expect(key.mechanisms.map(({ algorithm }) => algorithm)).toEqual(["RS256", "RS384", "RS512"]);
      const signature = await sign(connection, key, utf8Of("contract"));
      expect(isRight(key, utf8Of("contract"), signature)).toBe(true);
    }
  });

  toolTest(
    sdfFixtureTools,
    "says vendor-error to every ciphertext that it cannot open: nobody gets it restarted so",
    async () => {
      createDevice();
      const connection = await connectLoggedIn();
      const { uri: key, publicKey } = await keyNamed(connection, ";use=encrypt");
      const session = await connection.openSession();
      const ciphertext = sm2Encrypt(publicKey, utf8Of("印信"));
      const tampered = ciphertext.with(-1, (ciphertext.at(-1) ?? 0) ^ 1);
      for (const bad of [tampered, utf8Of("no ciphertext"), new Uint8Array()]) {
        const opened = connection.decrypt(session, { key, kind: "sm2", ciphertext: bad });
        await expect(opened).rejects.toMatchObject({ code: "vendor-error" });
      }
      await connection.validateSession(session);
    },
  );

  toolTest(sdfFixtureTools, "says what it is and what it cannot do: it makes no keys", async () => {
    createDevice();
    const { device } = await connect();
    expect(device).toMatchObject({
      family: "sdf",
      manufacturer: "Yinxin fixtures",
      serial: "2026010100100001",
      profile: "sdf-fixture",
      can: ["decrypt", "random"],
      generates: [],
    });
  });

  toolTest(sdfFixtureTools, "sees an index that the console fills, and none that is not in use", async () => {
    const state = createDevice();
    const connection = await connectLoggedIn("standard", { indexes: "1-2,5" });
    const serial = `sdf:serial=${connection.device.serial}`;
    state.fillIndex(2);
    state.fillIndex(3);
    await connection.refresh();
    const signing = (await connection.listKeys()).filter(({ mechanisms }) => mechanisms.length > 0);
    expect(signing.map(({ uri }) => uri)).toEqual([`${serial};index=1`, `${serial};index=2`]);
    expect(await connection.findKey(`${serial as "sdf:"};index=2`)).toEqual(signing[1]);
    expect(await connection.findKey(`${serial as "sdf:"};index=3`)).toBeUndefined();
    expect(await connection.findKey("sdf:serial=other;index=1")).toBeUndefined();
    expect(await connection.findKey(`${serial as "sdf:"};index=1;kind=odd`)).toBeUndefined();
  });

  toolTest(
    sdfFixtureTools,
    "works in sixteen sessions at once, and ends them all when it is refreshed",
    async () => {
      createDevice().setDelay(1_000);
      const connection = await connectLoggedIn("standard");
      const key = await keyNamed(connection, ";index=1");
      const messages = Array.from({ length: 64 }, (_, number) => utf8Of(`message ${String(number)}`));
      const signatures = await Promise.all(messages.map((message) => sign(connection, key, message)));
      expect(signatures.map((each, at) => isRight(key, messages[at] ?? each, each))).toEqual(
        messages.map(() => true),
      );
      const session = await connection.openSession();
      await connection.validateSession(session);
      await connection.refresh();
      await expect(connection.validateSession(session)).rejects.toMatchObject({ code: "session-lost" });
      expect(isRight(key, utf8Of("again"), await sign(connection, key, utf8Of("again")))).toBe(true);
    },
  );

  toolTest(sdfFixtureTools, "says which library opened no device", async () => {
    createDevice().setFault({ kind: "absent", at: 0 });
    await expect(connect()).rejects.toMatchObject({ code: "token-not-found" });
  });
});
