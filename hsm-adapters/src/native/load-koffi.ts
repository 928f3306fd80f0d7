import { KeyStoreError } from "../key-store/index.ts";

/** The package, as imported. */
export type Koffi = typeof import("koffi").default;

/** How the package is imported; a parameter for the test of its absence. */
export type ImportKoffi = () => Promise<{ readonly default: Koffi }>;

/**
 * Loads koffi when the first library is wanted, so that a service without devices needs no native code.
 *
 * @throws KeyStoreError `native-module-missing`.
 */
export async function loadKoffi(importKoffi: ImportKoffi = () => import("koffi")): Promise<Koffi> {
  try {
    const { default: koffi } = await importKoffi();
    return koffi;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : "";
    throw new KeyStoreError(
      "native-module-missing",
      "the package koffi, which calls a vendor's library, is not installed for this machine",
      { cause, facts: { loaderSaid: said } },
    );
  }
}
