import { loadDeviceProfile } from "../device-profile/index.ts";
import type { DeviceProfile } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";

/** Which library drives which device, and where keys are looked for in it. */
export interface SdfConfig {
  /** The file of the vendor's library, as the loader takes it. */
  readonly library: string;
  readonly profile: DeviceProfile;
  /** Key indexes in use: GM/T 0018 has no call that lists them. */
  readonly indexes: readonly number[];
}

/** A machine has a few dozen keys; each index costs three calls whenever keys are listed. */
const maximumIndexes = 256;
const maximumIndex = 65_535;
const usualIndexes = "1-8";

/**
 * Reads `{ library, profile, indexes? }`: the profile by its name, as the absolute path of a file or as JSON itself; indexes as `1-8` or
 * `1-4,9,16-17`, 1-8 if absent.
 *
 * @throws KeyStoreError `configuration-malformed`, naming the field.
 */
export function readSdfConfig(config: unknown): SdfConfig {
  const { library, profile, indexes = usualIndexes } = fieldsOf(config);
  if (typeof library !== "string" || library === "") throw malformed("library", "it is not a path");
  return { library, profile: loadDeviceProfile(profile, "sdf"), indexes: indexesOf(indexes) };
}

const knownFields = ["library", "profile", "indexes"];

function fieldsOf(config: unknown): Readonly<Record<string, unknown>> {
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw malformed("the configuration", "it is not an object");
  const unknown = Object.keys(config).find((field) => !knownFields.includes(field));
  if (unknown !== undefined) throw malformed(unknown, "no such field");
  return config as Readonly<Record<string, unknown>>;
}

function indexesOf(value: unknown): number[] {
  const indexes = new Set(typeof value === "string" ? value.split(",").flatMap(indexesInRange) : []);
  if (indexes.size === 0 || indexes.size > maximumIndexes)
    throw malformed("indexes", `it does not name 1 to ${String(maximumIndexes)} of them, as 1-8 or 1-4,9`);
  return [...indexes].sort((left, right) => left - right);
}

function indexesInRange(range: string): number[] {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from >= 1 && from <= to && to <= maximumIndex && to - from < maximumIndexes))
    throw malformed("indexes", "it is not of the form 1-8 or 1-4,9");
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function malformed(field: string, problem: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `SDF device, ${field}: ${problem}`);
}
