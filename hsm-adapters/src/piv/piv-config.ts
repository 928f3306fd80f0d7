import { KeyStoreError } from "../key-store/index.ts";
import { managementAlgorithms } from "./management-key.ts";
import type { ManagementKeyConfig } from "./management-key.ts";
import { slotOf } from "./piv-slots.ts";

/** Which card a key store is on, and what may be done to it. */
export interface PivConfig {
  /** Serial number of the card; without it there must be one card only. */
  readonly serial?: string;
  /** Name of the reader, or its beginning. */
  readonly reader?: string;
  /** A PC/SC library elsewhere than where the platform has it. */
  readonly library?: string;
  /** Absent: no keys are made and no certificates written. */
  readonly managementKey?: ManagementKeyConfig;
  /**
   * Where keys may be made, in this order, if nothing is known to be there. Absent: in any slot that suits, but only on a card that
   * says of each slot whether a key is in it; of another card's slots somebody has to know.
   */
  readonly newKeySlots?: readonly string[];
}

const members = ["serial", "reader", "library", "managementKey", "newKeySlots"];

/** Checks the configuration of this family. @throws KeyStoreError `configuration-malformed`, naming the field. */
export function readPivConfig(config: unknown): PivConfig {
  const given = recordOf(config, "the configuration");
  refuseOthers(given, members);
  const { managementKey, newKeySlots } = given;
  return {
    ...optionalText(given, "serial"),
    ...optionalText(given, "reader"),
    ...optionalText(given, "library"),
    ...(managementKey === undefined ? {} : { managementKey: readManagementKeyConfig(managementKey) }),
    ...(newKeySlots === undefined ? {} : { newKeySlots: readSlots(newKeySlots) }),
  };
}

function readManagementKeyConfig(value: unknown): ManagementKeyConfig {
  const given = recordOf(value, "managementKey");
  refuseOthers(given, ["file", "algorithm"], "managementKey.");
  const { file, algorithm } = given;
  if (typeof file !== "string" || file === "") throw malformed("managementKey.file is the path of a file");
  const known = managementAlgorithms.find((name) => name === algorithm);
  if (known === undefined) {
    throw malformed(`managementKey.algorithm is one of ${managementAlgorithms.join(", ")}`);
  }
  return { file, algorithm: known };
}

function readSlots(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw malformed('newKeySlots is a list of slots, such as ["9a", "82"]');
  return value.map((name: unknown) => {
    if (typeof name === "string" && slotOf(name) !== undefined) return name;
    throw malformed(`newKeySlots: ${String(name)} is no slot of a PIV card`);
  });
}

function optionalText<Name extends string>(
  given: Readonly<Record<string, unknown>>,
  name: Name,
): Partial<Record<Name, string>> {
  const value = given[name];
  if (value === undefined) return {};
  if (typeof value !== "string" || value === "") throw malformed(`${name} is a text`);
  return { [name]: value } as Partial<Record<Name, string>>;
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed(`${what} is an object`);
  return value as Readonly<Record<string, unknown>>;
}

function refuseOthers(given: Readonly<Record<string, unknown>>, known: readonly string[], prefix = ""): void {
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other !== undefined) throw malformed(`${prefix}${other} is not known; there are ${known.join(", ")}`);
}

function malformed(message: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `piv: ${message}`);
}
