import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { KeyStoreError } from "../key-store/index.ts";
import type { DeviceProfile } from "./device-profile.ts";
import { readDeviceProfile } from "./read-device-profile.ts";

/** A profile of a few hundred numbers has some 30 KB. */
const maximumFileOctets = 262_144;

/** Where the profiles are that come with Yinxin: in the installed package, because this module may run in a bundle elsewhere. */
export function builtInProfileFile(name: string): string {
  const own = import.meta.resolve("@yinxin/hsm-adapters/device-profile");
  return fileURLToPath(new URL(`../../profiles/${name}.json`, own));
}

/**
 * The profile that a configuration names.
 *
 * @param given the name of one that comes with Yinxin, the absolute path of a JSON file, or the parsed JSON itself.
 * @throws KeyStoreError `configuration-malformed`.
 */
export function loadDeviceProfile(given: unknown, family: DeviceProfile["family"]): DeviceProfile {
  const json = typeof given === "string" ? profileNamed(given) : given;
  const profile = readDeviceProfile(json, findBuiltIn);
  if (profile.family !== family)
    throw malformed("family", `profile ${profile.name} is for ${profile.family} devices`);
  return profile;
}

function profileNamed(given: string): unknown {
  if (given.startsWith("/")) return parsedFile(given);
  const found = findBuiltIn(given);
  if (found === undefined && /[./]/.test(given))
    throw malformed("profile", `"${given}" is no absolute path; give an absolute path`);
  if (found === undefined) throw malformed("profile", `no profile "${given}" comes with Yinxin`);
  return found;
}

function findBuiltIn(name: string): unknown {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return undefined;
  const file = builtInProfileFile(name);
  return statSync(file, { throwIfNoEntry: false }) === undefined ? undefined : parsedFile(file);
}

function parsedFile(path: string): unknown {
  const text = textOfFile(path);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw malformed("profile", `${path} is not JSON: ${messageOf(cause)}`);
  }
}

function textOfFile(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > maximumFileOctets) throw malformed("profile", `${path} is too large for a profile`);
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof KeyStoreError) throw cause;
    throw malformed("profile", `${path} cannot be read: ${messageOf(cause)}`);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function malformed(field: string, problem: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `device profile, ${field}: ${problem}`, {
    facts: { profileField: field },
  });
}
