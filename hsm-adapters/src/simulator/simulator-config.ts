import { isAbsolute } from "node:path";

import { KeyStoreError } from "../key-store/index.ts";
import { simulatedOperations } from "./simulated-fault.ts";
import type { SimulatedFault } from "./simulated-fault.ts";

/** A device that is only pretended. */
export interface SimulatorConfig {
  /** Keeps its keys, PIN tries and misfortunes; several processes may share it, as they share a device. Absolute. */
  readonly folder: string;
  readonly serial?: string;
  /** How long a signature takes; sessions wait in parallel. 0, the default, answers at once. */
  readonly latencyMilliseconds?: number;
  /** 64 if absent. */
  readonly maximumSessions?: number;
  /** What is the right PIN; a device without it needs none. No real secret, so it may stand here. */
  readonly pin?: string;
  /** Wrong PINs in a row before it locks: 5 if absent. */
  readonly pinTries?: number;
  /** The PIN is typed on the device, and always rightly. */
  readonly hasPinPad?: boolean;
  /** Says that its PIN is the one from the factory. */
  readonly saysPinIsDefault?: boolean;
  /** New keys ask for the PIN at every signature. */
  readonly alwaysAuthenticate?: boolean;
  /** Does not see keys made by other processes before `refresh`, like tpm2-pkcs11. */
  readonly hidesNewKeys?: boolean;
  /** Signs with SM2 keys by ECDSA, like SoftHSM. */
  readonly ecdsaForSm2?: boolean;
  /** Cannot make keys. */
  readonly cannotGenerate?: boolean;
  /** Tells by itself that it is pulled out and put back; needs `controlFile`. */
  readonly tellsEvents?: boolean;
  readonly faults?: readonly SimulatedFault[];
  /** Read again whenever it has changed: see `writeSimulatorControl`. Absolute. */
  readonly controlFile?: string;
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isNumber: Check = (value) => typeof value === "number" && value >= 0 && Number.isFinite(value);
const isCount: Check = (value) => isNumber(value) && Number.isSafeInteger(value) && value !== 0;
const isPath: Check = (value) => typeof value === "string" && isAbsolute(value);

const checks: Readonly<Record<keyof SimulatorConfig, Check>> = {
  folder: isPath,
  serial: isText,
  latencyMilliseconds: isNumber,
  maximumSessions: isCount,
  pin: isText,
  pinTries: isCount,
  hasPinPad: isFlag,
  saysPinIsDefault: isFlag,
  alwaysAuthenticate: isFlag,
  hidesNewKeys: isFlag,
  ecdsaForSm2: isFlag,
  cannotGenerate: isFlag,
  tellsEvents: isFlag,
  faults: (value) => Array.isArray(value) && value.every(isSimulatedFault),
  controlFile: isPath,
};

/** @throws KeyStoreError `configuration-malformed`, naming the field. */
export function readSimulatorConfig(config: unknown): SimulatorConfig {
  if (typeof config !== "object" || config === null) throw malformed("the configuration", "is no object");
  if (!("folder" in config)) throw malformed("folder", "is missing");
  for (const [field, value] of Object.entries(config)) {
    const isRight = (checks as Readonly<Record<string, Check | undefined>>)[field];
    if (isRight === undefined) throw malformed(field, "is not known");
    if (value !== undefined && !isRight(value)) throw malformed(field, "has another form");
  }
  return config as SimulatorConfig;
}

/** Names become files, so they are plain. */
const faultName = /^[a-z0-9-]{1,64}$/;

export function isSimulatedFault(value: unknown): value is SimulatedFault {
  if (typeof value !== "object" || value === null) return false;
  const { name, operation, does } = value as Partial<Record<keyof SimulatedFault, unknown>>;
  return (
    typeof name === "string" &&
    faultName.test(name) &&
    (simulatedOperations as readonly unknown[]).includes(operation) &&
    typeof does === "object" &&
    does !== null &&
    "kind" in does
  );
}

function malformed(field: string, why: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `simulator: ${field} ${why}`);
}
