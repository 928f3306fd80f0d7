/**
 * The driver for devices with the interface of GM/T 0018 (SDF): the cipher machines and cards of Chinese vendors.
 *
 * A vendor's library differs from the standard in sizes, orders, numbers and in what is signed; a device profile says how, and the driver
 * tests it before anything is signed for a caller: public keys must be points of the curve when the device is opened, and a signature
 * must verify at the login. What does not fit is refused with the field of the profile and the value that would.
 *
 * Keys are made with the vendor's console, at an index; the interface has no call for it. The PIN is the password of the keys.
 */
export { findFittingProfile } from "./find-fitting-profile.ts";
export type { FittingProfiles, ProfileFinding } from "./find-fitting-profile.ts";
export type { CipherUntested } from "./layout-test.ts";
export { readSdfConfig } from "./sdf-config.ts";
export type { SdfConfig } from "./sdf-config.ts";
export { driver } from "./sdf-driver.ts";
