import { describe, expect } from "vitest";

import { connectLoggedIn, connectSkf } from "../../testing/skf-fixture/connect-skf.ts";
import { skfTest } from "../../testing/skf-fixture/index.ts";
import type { DeviceConnection } from "../driver/index.ts";
import type { KeyUri } from "../key-store/index.ts";

const input = new Uint8Array(32).fill(1);

async function sign(connection: DeviceConnection, key: KeyUri): Promise<Uint8Array> {
  const session = await connection.openSession();
  try {
    return await connection.sign(session, { key, algorithm: "SM2", input });
  } finally {
    await connection.closeSession(session);
  }
}

describe("an SKF library with a fault", () => {
  skfTest(
    "that crashes when asked only for the size of a certificate is not asked for it",
    "standard",
    async (place) => {
      place.tell("SKF_ExportCertificate crash-on-size", "SKF_ExportPublicKey crash-on-size");
      const connection = await connectLoggedIn(place);
      const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
      expect(await connection.readCertificate(uri)).toBeUndefined();
      await connection.writeCertificate(uri, new Uint8Array(16_384).fill(7));
      expect(await connection.readCertificate(uri)).toEqual(new Uint8Array(16_384).fill(7));
      await connection.close();
    },
  );

  skfTest(
    "that answers OK and signs nothing gives zeros, which no verifier takes",
    "standard",
    async (place) => {
      const connection = await connectLoggedIn(place);
      const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
      place.tell("SKF_ECCSignData empty");
      expect(await sign(connection, uri)).toEqual(new Uint8Array(64));
      await connection.close();
      const next = await connectSkf(place);
      await expect(next.login(place.pin())).rejects.toMatchObject({ code: "self-check-failed" });
      expect(await next.pinStatus()).toMatchObject({ isLoggedIn: false });
      await next.close();
    },
  );

  skfTest(
    "that writes behind its buffer is noticed, and memory of others is not touched",
    "standard",
    async (place) => {
      const connection = await connectLoggedIn(place);
      const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
      place.tell("SKF_ECCSignData overrun");
      await expect(sign(connection, uri)).rejects.toMatchObject({
        code: "profile-wrong",
        facts: { profileField: "eccMaximumBits" },
        message: expect.stringContaining("SKF_ECCSignData wrote up to octet 144") as string,
      });
      place.tell("SKF_GenRandom overrun");
      await expect(connection.random(16)).rejects.toMatchObject({ code: "profile-wrong" });
      place.tell("SKF_GetDevInfo overrun");
      await expect(connection.refresh()).rejects.toMatchObject({ code: "profile-wrong" });
      await connection.close();
    },
  );

  const answers: readonly (readonly [string, string, string])[] = [
    ["0A000001", "device-error", "SAR_FAIL"],
    ["0A000005", "session-lost", "SAR_INVALIDHANDLEERR"],
    ["0A00000F", "device-busy", "SAR_TIMEOUTERR"],
    ["0A00001B", "key-not-found", "SAR_KEYNOTFOUNTERR"],
    ["0A00002D", "login-lost", "SAR_USER_NOT_LOGGED_IN"],
    ["0B000033", "vendor-error", "0x0b000033"],
  ];
  for (const [number, code, name] of answers) {
    skfTest(`that answers ${number} is ${code}, with the number`, "standard", async (place) => {
      const connection = await connectLoggedIn(place);
      const { uri } = await connection.generateKey({ label: "a", algorithm: "SM2" });
      place.tell(`SKF_ECCSignData fail ${number}`);
      const vendor = { family: "skf", number: Number(`0x${number}`), name, call: "SKF_ECCSignData" };
      await expect(sign(connection, uri)).rejects.toMatchObject({ code, facts: { vendor } });
      place.tell();
      await connection.login(place.pin());
      expect(await sign(connection, uri)).toHaveLength(64);
      await connection.close();
    });
  }

  skfTest("that fails half-way through making a key leaves no container", "standard", async (place) => {
    const connection = await connectLoggedIn(place);
    place.tell("SKF_GenECCKeyPair fail 0A000030");
    const request = { label: "a", algorithm: "SM2" } as const;
    await expect(connection.generateKey(request)).rejects.toMatchObject({ code: "vendor-error" });
    place.tell("SKF_GenECCKeyPair empty");
    await expect(connection.generateKey(request)).rejects.toMatchObject({ code: "profile-wrong" });
    place.tell();
    expect(await connection.generateKey(request)).toMatchObject({ label: "a" });
    await connection.close();
  });
});
