/**
 * Where PINs come from, and how they are kept from lying around.
 *
 * A {@link PinSource} is asked at each login: a file that only its owner may read ({@link pinFile}), the device's own pad
 * ({@link pinPad}), or nobody ({@link noPin}). A PIN is bytes, overwritten after use; it is never a string, an argument of a
 * command, a variable of the environment or a part of a URL.
 */
export { pinFile } from "./pin-file.ts";
export { noPin, pinPad } from "./pin-source.ts";
export type { PinSource } from "./pin-source.ts";
export { secretCopy } from "./secret-copy.ts";
