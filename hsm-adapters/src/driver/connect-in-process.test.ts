import { describe, expect, it } from "vitest";

import { plainDevice } from "../../testing/plain-device.ts";
import { connectInProcess } from "./index.ts";
import type { Device, DeviceSession, Driver } from "./index.ts";

const key = "simulator:serial=1;id=%01";
const request = { key, algorithm: "ES256", input: Uint8Array.of(9) } as const;

/** A device that gives back what it is to sign, and never answers an empty input. */
function plainDriver(changes: Partial<Device> = {}): Driver {
  const session: DeviceSession = {
    sign: ({ input }) => (input.length === 0 ? new Promise(() => undefined) : input),
    validate: () => undefined,
    close: () => undefined,
  };
  return { family: "simulator", open: () => plainDevice(session, changes) };
}

describe("a connection in this process", () => {
  it("signs in the sessions that are open, and in no others", async () => {
    const connection = await connectInProcess(plainDriver(), {});
    const [one, other] = [await connection.openSession(), await connection.openSession()];
    expect(one).not.toBe(other);
    expect(await connection.sign(one, request)).toEqual(request.input);
    await connection.closeSession(one);
    await connection.closeSession(one);
    await expect(connection.sign(one, request)).rejects.toMatchObject({ code: "session-lost" });
    await connection.refresh();
    await expect(connection.sign(other, request)).rejects.toMatchObject({ code: "session-lost" });
  });

  it("gives the driver the PIN, and keeps it nowhere, whatever the driver does", async () => {
    const seen: { text: string; bytes: Uint8Array }[] = [];
    const note = (bytes: Uint8Array | undefined) => {
      if (bytes !== undefined) seen.push({ text: Buffer.from(bytes).toString(), bytes });
    };
    const logins: Device["login"][] = [
      note,
      (pin) => {
        note(pin);
        throw new TypeError("a fault of the driver");
      },
      (pin) => {
        note(pin);
        return Promise.reject(new TypeError("a fault of the driver"));
      },
    ];
    for (const login of logins) {
      const connection = await connectInProcess(plainDriver({ login }), {});
      const pin = Buffer.from("648219");
      await connection.login(pin).catch(() => undefined);
      expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
    }
    expect(seen.map(({ text }) => text)).toEqual(["648219", "648219", "648219"]);
    expect(seen.flatMap(({ bytes }) => [...bytes]).filter((octet) => octet !== 0)).toEqual([]);
  });

  it("refuses what the device lacks", async () => {
    const connection = await connectInProcess(plainDriver(), {});
    const generating = connection.generateKey({ label: "a", algorithm: "SM2" });
    await expect(generating).rejects.toMatchObject({ code: "operation-not-supported" });
    const session = await connection.openSession();
    const decrypting = connection.decrypt(session, { kind: "sm2", key, ciphertext: new Uint8Array(1) });
    await expect(decrypting).rejects.toMatchObject({ code: "operation-not-supported" });
  });

  it("rejects all that waits and all that comes once it was killed", async () => {
    const connection = await connectInProcess(plainDriver(), {});
    const session = await connection.openSession();
    const waiting = connection.sign(session, { ...request, input: new Uint8Array() });
    connection.kill();
    await expect(waiting).rejects.toMatchObject({ code: "driver-crashed" });
    await expect(connection.listKeys()).rejects.toMatchObject({ code: "driver-crashed" });
    expect(await connection.ended).toMatchObject({ wasAsked: true });
    await connection.close();
  });

  it("closes the device once", async () => {
    let closed = 0;
    const connection = await connectInProcess(plainDriver({ close: () => void (closed += 1) }), {});
    await connection.close();
    await connection.close();
    expect(closed).toBe(1);
  });

  it("refuses more than 1024 sessions, whatever the device says", async () => {
    const connection = await connectInProcess(plainDriver(), {});
    for (let open = 0; open < 1024; open += 1) await connection.openSession();
    await expect(connection.openSession()).rejects.toMatchObject({ code: "device-busy" });
  });
});
