import { randomBytes } from "node:crypto";

import { createDisturbances, countOpenHandles, runConformance } from "../src/conformance/index.ts";
import type { ConformanceHooks, ConformanceOptions, ConformanceRow } from "../src/conformance/index.ts";
import { driverHostConnector, launchDriverHost } from "../src/driver-host/index.ts";
import type { Connect, DriverFamily } from "../src/driver/index.ts";
import { pinFile } from "../src/pin/index.ts";
import type { PinSource } from "../src/pin/index.ts";
import { openTokenKeyStore } from "../src/token/index.ts";
import type { TokenKeyStore, TokenOptions } from "../src/token/index.ts";
import { verifyInProcess } from "../src/verifier/index.ts";
import { testPrograms } from "./programs.ts";

/** A device of some test, and what the kit may do to it. */
export interface DeviceUnderTest {
  readonly family: DriverFamily;
  readonly config: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  readonly pinFile: string;
  readonly token?: TokenOptions;
  readonly conformance?: Partial<ConformanceOptions>;
  readonly hooks?: ConformanceHooks;
  /** Fewer of everything, and no second host that waits: for one more device of a kind that had the full kit. */
  readonly isLean?: boolean;
  /** Waits for one deadline: for one device of a family. */
  readonly hangs?: boolean;
  /** Its tries are counted, or do not matter. */
  readonly triesWrongPin?: boolean;
  readonly dispose: () => Promise<void> | void;
}

/** As gentle as the kit can be; on hardware it has larger numbers. */
const gentle = {
  makesKeys: "if-destroyable",
  openings: 2,
  parallel: 8,
  soakMilliseconds: 50,
  deadlineMilliseconds: 10_000,
  returnMilliseconds: 5_000,
  randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
} as const satisfies ConformanceOptions;

const lean = { openings: 1, parallel: 4, soakMilliseconds: 10 } as const;

/** Runs the kit on a device in a driver host, and takes the device away. */
export async function conformanceOf(device: DeviceUnderTest): Promise<ConformanceRow[]> {
  const { family, config, environment, token, conformance, hangs = false, triesWrongPin = false } = device;
  const { isLean = false } = device;
  const deadline = hangs ? { deadlineMilliseconds: conformance?.deadlineMilliseconds ?? 1_000 } : {};
  const disturbances = createDisturbances(gentle.randomBytes);
  const open = async (pin: PinSource): Promise<TokenKeyStore> => {
    const host = {
      program: testPrograms().driverHostProgram,
      family,
      config,
      ...(environment === undefined ? {} : { environment }),
    };
    const connect: Connect = isLean ? () => launchDriverHost(host) : driverHostConnector(host);
    return openTokenKeyStore({
      connect: Object.assign(async () => disturbances.intercept(await connect()), connect),
      pin,
      verifier: verifyInProcess,
      mode: "production",
      options: { ...token, ...deadline },
    });
  };
  const { loseSession, hangDriver } = disturbances.hooks;
  const { source, timesRead } = disturbances.wrongPin;
  const hooks: ConformanceHooks = {
    countHandles: countOpenHandles,
    ...(loseSession === undefined ? {} : { loseSession }),
    ...(hangs && hangDriver !== undefined ? { hangDriver } : {}),
    ...(triesWrongPin ? { wrongPin: { open: () => open(source), timesRead } } : {}),
    ...device.hooks,
  };
  const rows: ConformanceRow[] = [];
  try {
    const options = { ...gentle, ...(isLean ? lean : {}), ...deadline, ...conformance, hooks };
    for await (const row of runConformance(() => open(pinFile(device.pinFile)), options)) rows.push(row);
  } finally {
    await device.dispose();
  }
  return rows;
}
