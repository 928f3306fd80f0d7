import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { testPrograms } from "../../testing/programs.ts";
import { launchDriverHost } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-driver-host-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a driver host", () => {
  it("opens a device in another process, signs and closes", async () => {
    const host = await launchDriverHost({
      program: testPrograms().driverHostProgram,
      family: "simulator",
      config: { folder, pin: "482913" },
    });
    await host.login(new TextEncoder().encode("482913"));
    const key = await host.generateKey({ label: "a", algorithm: "ES256" });
    const session = await host.openSession();
    const request = { key: key.uri, algorithm: "ES256" as const, input: new Uint8Array(32).fill(3) };
    expect(await host.sign(session, request)).toHaveLength(64);
    await host.close();
    expect(await host.ended).toEqual({ wasAsked: true, exitCode: 0, lastWords: "" });
  });
});
