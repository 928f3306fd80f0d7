import type { DeviceAbility } from "../driver/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";

/**
 * In what a vendor's PKCS#11 goes beyond the standard, as data. The standard has no SM2, so vendors have numbers of their own
 * for it, and they differ; everything else is read from the token itself.
 */
export interface Pkcs11Profile {
  readonly name: string;
  /** For people: whose library, and where the facts come from. */
  readonly about: string;
  readonly sm2?: Sm2Profile;
  /** What the standard's questions do not tell: operations that the library has and refuses. */
  readonly lacks: readonly DeviceAbility[];
  /** What the vendor's own return values mean. */
  readonly returnValues: ReadonlyMap<number, KeyStoreErrorCode>;
}

export interface Sm2Profile {
  /** CKA_KEY_TYPE. */
  readonly keyType: number;
  readonly keyGeneration?: number;
  /** The mechanisms that make SM2 signatures, best first: the first that the token lists is used. */
  readonly signing: readonly Sm2Signing[];
  readonly decryption?: Sm2Decryption;
  /** Where the public point is, unless in CKA_EC_POINT: two numbers. */
  readonly point?: { readonly x: number; readonly y: number };
  /** Where an imported private number goes, unless to CKA_VALUE. */
  readonly privateValue?: number;
}

export interface Sm2Signing {
  readonly mechanism: number;
  /** `digest`: e = SM3(Z ‖ M), made outside. */
  readonly takes: "digest" | "message";
  /** r ‖ s, or SEQUENCE { r, s }. */
  readonly form: "raw" | "der";
  /**
   * For `message`: whether the token puts Z before it, with the usual id 1234567812345678, or hashes what it gets and the driver
   * puts Z there.
   */
  readonly z: "token" | "driver";
}

export interface Sm2Decryption {
  readonly mechanism: number;
  /** C1 ‖ C3 ‖ C2, or SM2Cipher (GB/T 35276-2017 §7.2). */
  readonly form: "raw" | "der";
}

/** Nothing beyond the standard. */
export const standardProfile: Pkcs11Profile = {
  name: "pkcs11-standard",
  about: "PKCS#11 v2.40 and v3.0 as OASIS published them, which have no SM2",
  lacks: [],
  returnValues: new Map(),
};

/** Profiles of libraries that say who they are (CK_INFO.manufacturerID), taken where the configuration names none. */
export const profilesByManufacturer: ReadonlyMap<string, string> = new Map([
  ["tpm2-software.github.io", "pkcs11-tpm2"],
]);
