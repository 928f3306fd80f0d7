/**
 * Where PINs come from, and how they are kept from lying around.
 *
 * A {@link PinSource} is asked at each login: a file that only its owner may read ({@link pinFile}), a person at a terminal
 * ({@link pinPrompt}), the device's own pad ({@link pinPad}), or nobody ({@link noPin}). A PIN is bytes, overwritten after use; it is
 * never a string, an argument of a command, a variable of the environment or a part of a URL. {@link refuseDefaultPin} is for
 * production, where a PIN that everybody knows is none.
 */
export { pinFile } from "./pin-file.ts";
export { pinPrompt } from "./pin-prompt.ts";
export type { PinPromptOptions } from "./pin-prompt.ts";
export { noPin, pinPad } from "./pin-source.ts";
export type { PinSource } from "./pin-source.ts";
export { refuseDefaultPin } from "./refuse-default-pin.ts";
export { secretCopy } from "./secret-copy.ts";
