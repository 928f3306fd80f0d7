/**
 * Keys of GM/T 0016 (SKF, 智能密码钥匙): USB keys and cards that a vendor's library opens.
 *
 * A device has applications, each with a PIN; an application has containers; a container has a pair that signs and sometimes one that
 * decrypts, with a certificate each. A container is a key here, and its name is the key's. Vendors differ in layout and numbers, which a
 * profile says (`device-profile`). The interface makes no promise about threads and every device does one thing at a time, so calls
 * are made one after the other.
 */
export { driver } from "./skf-driver.ts";
export { readSkfConfig } from "./skf-config.ts";
export type { SkfConfig } from "./skf-config.ts";
