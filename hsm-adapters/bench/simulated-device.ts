import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compared } from "../../crypto/bench/measure.ts";
import type { Measurement } from "../../crypto/bench/measure.ts";
import { driverHostConnector } from "../src/driver-host/index.ts";
import { noPin } from "../src/pin/index.ts";
import type { SignatureVerifier } from "../src/verifier/index.ts";
import { openTokenKeyStore } from "../src/token/index.ts";
import type { TokenKeyStore } from "../src/token/index.ts";
import { median } from "./paired-rounds.ts";
import { signUnderLoad } from "./signing-load.ts";

export interface SimulatedDeviceBenchDeps {
  readonly driverHostProgram: string;
  readonly verifier: SignatureVerifier;
}

/** What an HSM in the network takes. */
const latencyMilliseconds = 5;
const sessions = 16;
const subject = "device of 5 ms a signature, 16 sessions";

const rounds = 3;
const roundMilliseconds = 1_000;

/** A device that takes its time, and a host that is ended by force under load. */
export async function benchSimulatedDevice(deps: SimulatedDeviceBenchDeps): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-bench-"));
  const store = await openTokenKeyStore({
    connect: driverHostConnector({
      program: deps.driverHostProgram,
      family: "simulator",
      config: { folder, serial: "BENCH", latencyMilliseconds },
      sessions,
    }),
    pin: noPin,
    verifier: deps.verifier,
    mode: "sandbox",
    options: { sessions },
  });
  try {
    return [...(await measureLoad(store)), await measureRecovery(store)];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureLoad(store: TokenKeyStore): Promise<Measurement[]> {
  const key = await store.generation?.generate({ label: "bench", algorithm: "ES256" });
  if (key === undefined) throw new Error("the simulator makes keys");
  const signer = await store.signer(key.uri);
  await signUnderLoad(signer, roundMilliseconds);
  const results = [];
  for (let round = 0; round < rounds; round += 1)
    results.push(await signUnderLoad(signer, roundMilliseconds));
  const ideal = (sessions * 1000) / latencyMilliseconds;
  const rate = median(results.map((result) => result.rate));
  const usualLag = Math.max(...results.map(({ lag }) => lag.usualMilliseconds));
  const worstLag = Math.max(...results.map(({ lag }) => lag.worstMilliseconds));
  const signature = { name: "one signature", value: latencyMilliseconds };
  return [
    compared(
      { subject, operation: "sign", unit: "1/s" },
      rate,
      { name: "what 16 sessions can do", value: ideal },
      {
        of: "value",
        atLeast: 2_000,
      },
    ),
    compared(
      { subject, operation: "wait of the event loop, 99th percentile of the worst round", unit: "ms" },
      usualLag,
      signature,
      { of: "value", atMost: 30 },
    ),
    // One wait depends on what else the machine does.
    compared(
      { subject, operation: "longest wait of the event loop in all rounds", unit: "ms" },
      worstLag,
      signature,
    ),
  ];
}

async function measureRecovery(store: TokenKeyStore): Promise<Measurement> {
  const [key] = await store.list();
  const signer = await store.signer(key?.uri ?? "simulator:");
  const recoveries: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const load = signUnderLoad(signer, roundMilliseconds);
    setTimeout(() => {
      store.killHost();
    }, roundMilliseconds / 4);
    await load;
    const { counters } = await store.health();
    if (counters?.failures !== 0) throw new Error("a request was lost");
    recoveries.push(counters.lastRecoveryMilliseconds ?? Infinity);
  }
  return compared(
    { subject, operation: "longest recovery after SIGKILL of the host", unit: "ms" },
    Math.max(...recoveries),
    { name: "one signature", value: latencyMilliseconds },
    { of: "value", atMost: 500 },
  );
}
