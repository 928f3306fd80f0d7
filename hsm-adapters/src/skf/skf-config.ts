import { KeyStoreError } from "../key-store/index.ts";
import { loadDeviceProfile } from "../device-profile/index.ts";
import type { DeviceProfile } from "../device-profile/index.ts";

/** Where a key of GM/T 0016 is and how it is talked to. */
export interface SkfConfig {
  /** The vendor's library, as the loader takes it. */
  readonly library: string;
  /** In what the library differs from the standard. */
  readonly profile: DeviceProfile;
  /** The name that the library gives the device, or its serial number; absent if there is only one. */
  readonly device?: string;
  /** Absent if the device has only one. */
  readonly application?: string;
  /** Another program uses the device too: it is locked (SKF_LockDev) around each login and each use of a key. */
  readonly isShared: boolean;
  /** How long to wait for another program's lock. */
  readonly lockMilliseconds: number;
  /** How often the device is asked whether it is still there. */
  readonly pollMilliseconds: number;
}

/** A person signs at another program in less. */
const defaultLockMilliseconds = 5_000;
const defaultPollMilliseconds = 1_000;
/** An hour: whoever writes more meant something else. */
const maximumMilliseconds = 3_600_000;
const maximumTextCharacters = 4_096;

/**
 * Checks a configuration, and loads its profile (`skf-standard` if it names none).
 *
 * @throws KeyStoreError `configuration-malformed`, naming the field.
 */
export function readSkfConfig(config: unknown): SkfConfig {
  const json = recordOf(config);
  const unknown = Object.keys(json).find((name) => !fields.includes(name));
  if (unknown !== undefined) throw malformed(unknown, "there is no such field");
  const library = textOf(json, "library");
  if (library === undefined) throw malformed("library", "it is missing");
  const device = textOf(json, "device");
  const application = textOf(json, "application");
  return {
    library,
    profile: profileOf(json["profile"] ?? "skf-standard"),
    ...(device === undefined ? {} : { device }),
    ...(application === undefined ? {} : { application }),
    isShared: flagOf(json, "isShared"),
    lockMilliseconds: durationOf(json, "lockMilliseconds", defaultLockMilliseconds),
    pollMilliseconds: durationOf(json, "pollMilliseconds", defaultPollMilliseconds),
  };
}

type Json = Readonly<Record<string, unknown>>;

const fields = [
  "library",
  "profile",
  "device",
  "application",
  "isShared",
  "lockMilliseconds",
  "pollMilliseconds",
];

/** The interface says nothing of threads, and libraries for a key in one's hand are not made for them. */
function profileOf(given: unknown): DeviceProfile {
  const profile = loadDeviceProfile(given, "skf");
  if (profile.calls === "asynchronous")
    throw malformed("profile.calls", "calls into an SKF library are made one after the other: synchronous");
  return profile;
}

function recordOf(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("", "it is not an object");
  return value as Json;
}

function textOf(json: Json, name: string): string | undefined {
  const value = json[name];
  if (value === undefined) return undefined;
  if (
    typeof value !== "string" ||
    value === "" ||
    value.length > maximumTextCharacters ||
    value.includes("\0")
  )
    throw malformed(name, "it is not a text");
  return value;
}

function flagOf(json: Json, name: string): boolean {
  const value = json[name] ?? false;
  if (typeof value !== "boolean") throw malformed(name, "it is neither true nor false");
  return value;
}

function durationOf(json: Json, name: string, otherwise: number): number {
  const value = json[name] ?? otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > maximumMilliseconds)
    throw malformed(name, `it is not a whole number from 1 to ${String(maximumMilliseconds)}`);
  return value;
}

function malformed(field: string, problem: string): KeyStoreError {
  const place = field === "" ? "skf" : `skf, ${field}`;
  return new KeyStoreError("configuration-malformed", `configuration of ${place}: ${problem}`);
}
