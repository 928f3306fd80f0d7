import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { generateKey } from "@yinxin/crypto/signer";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import { connectInProcess } from "../src/driver/index.ts";
import type { DeviceConnection } from "../src/driver/index.ts";
import { KeyStoreError } from "../src/key-store/index.ts";
import type { KeyUri } from "../src/key-store/index.ts";
import { createSimulator } from "../src/simulator/index.ts";
import type { SimulatorConfig, SimulatorStatistics } from "../src/simulator/index.ts";
import { openTokenKeyStore } from "../src/token/index.ts";
import type { TokenEvent, TokenKeyStore, TokenKeyStoreDeps, TokenOptions } from "../src/token/index.ts";
import { verifyInProcess } from "../src/verifier/index.ts";

export const rightPin = "730194";

/** A simulated device in a folder of its own, reached without a process between, and the store on it. */
export interface TokenScene {
  readonly folder: string;
  readonly controlFile: string;
  readonly statistics: Readonly<SimulatorStatistics>;
  readonly events: TokenEvent[];
  /** How often it was connected to. */
  readonly connections: DeviceConnection[];
  /** PINs that were read from the source. */
  readonly pinsRead: { count: number };
  open(settings?: SceneSettings): Promise<TokenKeyStore>;
  dispose(): Promise<void>;
}

export interface SceneSettings {
  readonly options?: TokenOptions;
  readonly config?: Partial<SimulatorConfig>;
  readonly deps?: Partial<TokenKeyStoreDeps>;
  /** Whether the device is there when it is connected to. */
  readonly onlyIf?: () => boolean;
  /** Stands between the store and its device: what a compromised driver host would answer. */
  readonly intercept?: (connection: DeviceConnection) => DeviceConnection | Promise<DeviceConnection>;
}

const asItIs = (connection: DeviceConnection): DeviceConnection => connection;

/** A short deadline, so that tests of silence do not wait; with the time for a request that a busy machine takes. */
export const quickOptions: TokenOptions = {
  deadlineMilliseconds: 300,
  requestMilliseconds: 10_000,
  pollRemovedMilliseconds: 20,
};

export function createTokenScene(): TokenScene {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-token-"));
  const controlFile = join(folder, "control.json");
  const connections: DeviceConnection[] = [];
  const events: TokenEvent[] = [];
  const stores: TokenKeyStore[] = [];
  const pinsRead = { count: 0 };
  const simulator = createSimulator(() => connections.at(-1)?.kill());
  const open = async (settings: SceneSettings = {}): Promise<TokenKeyStore> => {
    const { options, config, deps, onlyIf, intercept = asItIs } = settings;
    const store = await openTokenKeyStore({
      connect: async () => {
        if (onlyIf?.() === false) throw new KeyStoreError("token-not-found", "the device is not there");
        const connection = await connectInProcess(simulator.driver, {
          folder,
          serial: "S1",
          pin: rightPin,
          controlFile,
          ...config,
        });
        connections.push(connection);
        return intercept(connection);
      },
      pin: {
        read: () => {
          pinsRead.count += 1;
          return Promise.resolve(utf8Of(rightPin));
        },
      },
      verifier: verifyInProcess,
      mode: "sandbox",
      log: (event) => events.push(event),
      options: { ...quickOptions, ...options },
      ...deps,
    });
    stores.push(store);
    return store;
  };
  return {
    folder,
    controlFile,
    statistics: simulator.statistics,
    events,
    connections,
    pinsRead,
    open,
    dispose: async () => {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Puts a key into the scene's device as an operator's tool would, by a store of its own. */
export async function addKey(
  scene: TokenScene,
  algorithm: SignatureAlgorithmName = "Ed25519",
  label = "busy",
  config: Partial<SimulatorConfig> = {},
): Promise<KeyUri> {
  const store = await scene.open({ config: { faults: [], ...config } });
  const { pkcs8 } = generateKey(algorithm);
  const key = await store.importing?.import({ label, algorithm, pkcs8 });
  await store.close();
  if (key === undefined) throw new Error("the simulator takes keys in");
  return key.uri;
}
