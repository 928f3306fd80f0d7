import { digest } from "@yinxin/crypto/digest";
import { sm2Z } from "@yinxin/crypto/sm2";
import { verifyDigest } from "@yinxin/crypto/sm2/engine";
import { concatBytes, utf8Of } from "@yinxin/crypto/bytes";

import { profileWrong, sm2PublicKeyOfPoint } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { SkfConnection } from "./skf-connection.ts";
import { readPoint } from "./skf-keys.ts";
import { signInContainer } from "./skf-session.ts";

/** Signed as if it were a digest; nobody else signs it, and it commits nobody to anything. */
const sample = digest("SM3", utf8Of("Yinxin: self-test of a device profile"));

/**
 * Signs once with a key of the device and looks what was signed, so that a profile that does not fit is known before the first
 * signature is wanted. Needs the login; changes nothing. Without a key there is nothing to be seen.
 *
 * @returns whether there was a key.
 * @throws KeyStoreError `profile-wrong` naming `signInput`; `self-check-failed` if the signature is none at all; what the device
 *   answers.
 */
export function testSignature(connection: SkfConnection): boolean {
  for (const container of connection.listContainers()) {
    const handle = connection.openContainer(container);
    const point = readPoint(connection, handle, "sign");
    if (point === undefined) continue;
    const signature = signInContainer(connection, handle, sample);
    judge(connection, point, signature);
    return true;
  }
  return false;
}

function judge(connection: SkfConnection, point: Uint8Array, signature: Uint8Array): void {
  const { profile } = connection.calls;
  const asMessage = digest("SM3", concatBytes(sm2Z(sm2PublicKeyOfPoint(profile, point)), sample));
  const signed = verifyDigest("sm2", point, sample, signature)
    ? "digest"
    : verifyDigest("sm2", point, asMessage, signature)
      ? "message"
      : undefined;
  if (signed === undefined) {
    throw new KeyStoreError(
      "self-check-failed",
      "SKF_ECCSignData answered that all is well, and what it wrote is no signature of the digest or of the message",
      { facts: { profileField: "signInput" } },
    );
  }
  if (signed !== profile.signInput)
    throw profileWrong(profile, "signInput", `SKF_ECCSignData signs the ${signed}`);
}
