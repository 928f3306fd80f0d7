import type { Driver, DriverFamily } from "../driver/index.ts";

/** Loaded when asked for: each may need a native module, and a host needs one family. */
const families: Readonly<Record<DriverFamily, () => Promise<{ readonly driver: Driver }>>> = {
  simulator: () => import("../simulator/index.ts"),
  pkcs11: () => import("../pkcs11/index.ts"),
  sdf: () => import("../sdf/index.ts"),
  skf: () => import("../skf/index.ts"),
  piv: () => import("../piv/index.ts"),
};

/** @throws KeyStoreError `native-module-missing`. */
export async function loadDriver(family: DriverFamily): Promise<Driver> {
  const { driver } = await families[family]();
  return driver;
}
