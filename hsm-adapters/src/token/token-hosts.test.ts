import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { testPrograms } from "../../testing/programs.ts";
import { rightPin } from "../../testing/token-scene.ts";
import { driverHostConnector } from "../driver-host/index.ts";
import type { KeyStoreCounters, KeyUri } from "../key-store/index.ts";
import type { SimulatorConfig } from "../simulator/index.ts";
import { createSignatureVerifier } from "../verifier/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";
import { openTokenKeyStore } from "./index.ts";
import type { TokenEvent, TokenKeyStore, TokenOptions } from "./index.ts";

/** Far below the hang, and far above what an answer takes on a busy machine. */
const quick: TokenOptions = { deadlineMilliseconds: 1_000, requestMilliseconds: 15_000 };

/** Requests in flight: more than sessions, so that some are with the device and some wait. */
const inFlight = 64;

describe("a token store with driver hosts", () => {
  let folder: string;
  let verifier: SignatureVerifier;
  let uri: KeyUri;
  let events: TokenEvent[];
  const stores: TokenKeyStore[] = [];

  const open = async (
    config: Partial<SimulatorConfig>,
    options: TokenOptions = {},
  ): Promise<TokenKeyStore> => {
    const store = await openTokenKeyStore({
      connect: driverHostConnector({
        program: testPrograms().driverHostProgram,
        family: "simulator",
        config: { folder, serial: "S1", pin: rightPin, ...config },
      }),
      pin: { read: () => Promise.resolve(utf8Of(rightPin)) },
      verifier,
      mode: "sandbox",
      options,
      log: (event) => events.push(event),
    });
    stores.push(store);
    return store;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "yinxin-hosts-"));
    events = [];
    verifier = createSignatureVerifier({ program: testPrograms().verifierProgram });
    const store = await open({});
    const key = await store.generation?.generate({ label: "busy", algorithm: "ES256" });
    await store.close();
    uri = key?.uri ?? "simulator:";
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await verifier.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Keeps 64 requests in flight until so many were answered, and calls `disturb` after the first sixty. */
  const signUnderLoad = async (
    store: TokenKeyStore,
    total: number,
    disturb: () => void = () => undefined,
  ): Promise<KeyStoreCounters | undefined> => {
    const signer = await store.signer(uri);
    const answers = new Map<number, string[]>();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < total) {
        const number = next;
        next += 1;
        const message = utf8Of(`request ${String(number)}`);
        const signature = await signer.sign({ message });
        const { algorithm, publicKey } = signer;
        expect(verifySignature({ algorithm, publicKey, message, signature })).toBe(true);
        answers.set(number, [...(answers.get(number) ?? []), hexOf(signature)]);
        if (answers.size === 60) disturb();
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    expect([...answers.values()].map((given) => given.length)).toEqual(
      Array.from({ length: total }, () => 1),
    );
    expect(new Set([...answers.values()].flat()).size).toBe(total);
    return (await store.health()).counters;
  };

  it("loses no request and answers none twice when the host is ended by SIGKILL with 64 in flight", async () => {
    const store = await open({ latencyMilliseconds: 5 });
    const counters = await signUnderLoad(store, 400, () => {
      store.killHost();
    });
    expect(counters).toMatchObject({ signatures: 400, failures: 0, hostRestarts: 1 });
    expect(counters?.lastRecoveryMilliseconds).toBeGreaterThan(0);
    tellRecovery("SIGKILL", counters);
  });

  it("survives a library that crashes, with another host and its signal in the log", async () => {
    const faults = [{ name: "crash", operation: "sign", at: 100, does: { kind: "crash" } }] as const;
    const counters = await signUnderLoad(await open({ faults }), 400);
    expect(counters).toMatchObject({ signatures: 400, failures: 0, hostRestarts: 1 });
    expect(events).toContainEqual(expect.objectContaining({ event: "host-ended", signal: "SIGSEGV" }));
    tellRecovery("SIGSEGV", counters);
  });

  it("loses no request when the library stands still for 10 seconds with 64 in flight", async () => {
    const faults = [
      { name: "hang", operation: "sign", at: 100, does: { kind: "block", milliseconds: 10_000 } },
    ] as const;
    const store = await open({ faults }, quick);
    const counters = await signUnderLoad(store, 400);
    expect(counters).toMatchObject({ signatures: 400, failures: 0 });
    expect(events).toContainEqual({ event: "host-killed", reason: "deadline-exceeded" });
    tellRecovery("a hang, after its deadline", counters);
  });

  it("sees a session that never answers, and ends the host for it", async () => {
    const faults = [{ name: "silence", operation: "sign", at: 70, does: { kind: "silence" } }] as const;
    const store = await open({ faults }, quick);
    const counters = await signUnderLoad(store, 200);
    expect(counters).toMatchObject({ signatures: 200, failures: 0 });
    expect(events).toContainEqual({ event: "host-killed", reason: "deadline-exceeded" });
  });

  it("tells callers at once when the host crashes again and again", async () => {
    const faults = [
      { name: "always", operation: "sign", times: 1_000, inEveryProcess: true, does: { kind: "crash" } },
    ] as const;
    const store = await open({ faults });
    const signer = await store.signer(uri);
    const message = utf8Of("印信");
    for (let time = 0; time < 2; time += 1) {
      await expect(signer.sign({ message })).rejects.toMatchObject({ code: "driver-crashed" });
    }
    expect((await store.health()).counters).toMatchObject({ signatures: 0, failures: 2 });
  });
});

function tellRecovery(cause: string, counters: KeyStoreCounters | undefined): void {
  const milliseconds = counters?.lastRecoveryMilliseconds?.toFixed(0) ?? "?";
  process.stdout.write(`recovered from ${cause} in ${milliseconds} ms\n`);
}
