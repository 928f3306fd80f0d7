/**
 * Tokens, HSMs and smart cards behind a PKCS#11 library (OASIS PKCS#11 v2.40, and Ed25519 of v3.0).
 *
 * {@link driver} loads the vendor's library with pkcs11js, an optional package, and finds the token by its serial number or label. What
 * a token can do is read from the token; SM2, for which the standard has no numbers, comes from a profile
 * (`hsm-adapters/profiles/pkcs11-*.json`, {@link readPkcs11Profile}). It runs in a driver host: the library may crash or hang.
 */
export { readPkcs11Config } from "./config.ts";
export type { CallMode, Pkcs11Config } from "./config.ts";
export { driver } from "./driver.ts";
export { standardProfile } from "./profile.ts";
export type { Pkcs11Profile, Sm2Decryption, Sm2Profile, Sm2Signing } from "./profile.ts";
export { readPkcs11Profile } from "./read-profile.ts";
