/**
 * The driver for PIV cards and YubiKeys (NIST SP 800-73-4, SP 800-78-4), over PC/SC and without a vendor's middleware.
 *
 * A key is named by the card's serial number and its slot: `piv:serial=…;slot=9c`. Keys are made and certificates written only
 * where the configuration names a file with the card management key. A standard card tells a public key only when it is made,
 * so the driver leaves a placeholder certificate beside it, which carries the label too. PIN pads of readers are not driven.
 */
export { driver } from "./piv-driver.ts";
export { readPivConfig } from "./piv-config.ts";
export type { PivConfig } from "./piv-config.ts";
export type { ManagementAlgorithm, ManagementKeyConfig } from "./management-key.ts";
