import { digest } from "@yinxin/crypto/digest";
import { utf8Of } from "@yinxin/crypto/bytes";
import { sm2Point, sm2Z } from "@yinxin/crypto/sm2";
import { verifyDigest } from "@yinxin/crypto/sm2/engine";

import { profileWrong } from "../device-profile/index.ts";
import type { DeviceProfile } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";

/**
 * What is signed to learn what a device signs: 32 octets, so that it takes them for e as well as for a message. They are a digest of a
 * sentence, and so the signature can be used for nothing else.
 */
export const selfTestInput = digest("SM3", utf8Of("Yinxin profile self-test: this signature means nothing"));

/** What a signature over {@link selfTestInput} shows: the input was e, or it was a message; undefined if it is no signature of the key. */
export function signedInputOf(
  publicKey: Uint8Array,
  signature: Uint8Array,
): DeviceProfile["signInput"] | undefined {
  const point = sm2Point(publicKey);
  if (verifyDigest("sm2", point, selfTestInput, signature)) return "digest";
  const e = digest("SM3", sm2Z(publicKey), selfTestInput);
  return verifyDigest("sm2", point, e, signature) ? "message" : undefined;
}

/**
 * @throws KeyStoreError `profile-wrong` with the value of `signInput` that fits; `self-check-failed` if the device's signature is
 *   wrong whatever it took its input for.
 */
export function checkSignedInput(profile: DeviceProfile, publicKey: Uint8Array, signature: Uint8Array): void {
  const signed = signedInputOf(publicKey, signature);
  if (signed === undefined)
    throw new KeyStoreError(
      "self-check-failed",
      signature.every((octet) => octet === 0)
        ? "the device answered that it had signed, and wrote no signature"
        : "the device's signature does not verify with its own public key, neither over a digest nor over a message",
    );
  if (signed !== profile.signInput)
    throw profileWrong(profile, "signInput", `it signs the ${signed}: the value that fits is "${signed}"`);
}
