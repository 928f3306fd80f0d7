import type { Driver, DriverFamily } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";

/** Loaded when asked for: each may need a native module, and a host needs one family. */
const families: Readonly<Partial<Record<DriverFamily, () => Promise<{ readonly driver: Driver }>>>> = {
  simulator: () => import("../simulator/index.ts"),
  pkcs11: () => import("../pkcs11/index.ts"),
  skf: () => import("../skf/index.ts"),
};

/** @throws KeyStoreError `native-module-missing`. */
export async function loadDriver(family: DriverFamily): Promise<Driver> {
  const load = families[family];
  if (load === undefined)
    throw new KeyStoreError("native-module-missing", `there is no driver for ${family}`);
  const { driver } = await load();
  return driver;
}
