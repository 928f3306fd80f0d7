import { isAbsolute } from "node:path";

import { KeyStoreError } from "../key-store/index.ts";
import { noPin, pinFile, pinPad } from "../pin/index.ts";
import type { PinSource } from "../pin/index.ts";

/**
 * What `pin-source` of a store's URI means: `file:/path` (mode 0400), `prompt:` for a person at the terminal, `pad:` for the device's own
 * keys. Nothing: the device is used without a PIN.
 *
 * @param prompt absent where nobody can be asked.
 * @throws KeyStoreError `configuration-malformed`; `pin-required` for `prompt:` where nobody can be asked.
 */
export function pinSourceOf(text: string | undefined, prompt?: PinSource): PinSource {
  if (text === undefined) return noPin;
  if (text === "pad:") return pinPad;
  if (text === "prompt:") {
    if (prompt !== undefined) return prompt;
    throw new KeyStoreError("pin-required", "pin-source=prompt: asks a person, and there is none here");
  }
  return pinFile(filePathOf("pin-source", text));
}

/** The absolute path in `file:/path` (RFC 8089 §2). @throws KeyStoreError `configuration-malformed`, naming the attribute. */
export function filePathOf(attribute: string, text: string): string {
  const path = text.startsWith("file://") ? text.slice("file://".length) : text.slice("file:".length);
  if (text.startsWith("file:") && isAbsolute(path)) return path;
  // The text is not repeated: somebody may have put the secret itself there.
  const more = attribute === "pin-source" ? ", prompt: or pad:" : "";
  throw new KeyStoreError("configuration-malformed", `${attribute} is file:/absolute/path${more}`);
}
