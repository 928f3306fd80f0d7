import { isAbsolute } from "node:path";

import type { DriverFamily } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { StoreUriParts } from "../key-store/index.ts";
import type { StoreSettings } from "./store-settings.ts";

/** The schemes that a driver host serves. */
export function isDriverFamily(scheme: StoreUriParts["scheme"]): scheme is DriverFamily {
  return scheme !== "file" && scheme !== "remote";
}

/**
 * What the driver of the family is told: the attributes of the URI under the driver's names, and the settings' own.
 *
 * @throws KeyStoreError `configuration-malformed` for a library that is not named by its absolute path: the loader would take the first of
 *   that name that it finds.
 */
export function driverConfigOf(
  family: DriverFamily,
  { path, query }: StoreUriParts,
  settings: StoreSettings,
): Readonly<Record<string, unknown>> {
  const library = { library: query.get("module-path") };
  const profile = { profile: query.get("profile") };
  const members: Readonly<Record<DriverFamily, () => Record<string, unknown>>> = {
    pkcs11: () => ({
      ...library,
      ...profile,
      token: defined({ serial: path.get("serial"), label: path.get("token") }),
      libraryParameters: query.get("library-parameters"),
    }),
    sdf: () => ({ ...library, ...profile, indexes: query.get("indexes") }),
    skf: () => ({
      ...library,
      ...profile,
      device: path.get("device") ?? path.get("serial"),
      application: path.get("application"),
    }),
    piv: () => ({ ...library, serial: path.get("serial"), reader: path.get("reader") }),
    simulator: () => ({ serial: path.get("serial") }),
  };
  const config: Record<string, unknown> = { ...defined(members[family]()), ...settings.driver };
  const file = config["library"];
  if (typeof file !== "string" || isAbsolute(file)) return config;
  throw new KeyStoreError("configuration-malformed", "module-path is the absolute path of a library");
}

function defined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
