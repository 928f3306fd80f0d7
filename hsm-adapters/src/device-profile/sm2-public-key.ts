import { curveOids, keyOids } from "@yinxin/crypto/algorithms";
import { concatBytes } from "@yinxin/crypto/bytes";
import { bitString, oid, sequence } from "@yinxin/crypto/der";
import { currentEngine } from "@yinxin/crypto/sm2/engine";

import type { DeviceProfile } from "./device-profile.ts";
import { profileWrong } from "./profile-wrong.ts";

/**
 * SubjectPublicKeyInfo, DER, of the SM2 key x ‖ y that a device gave (GB/T 35276-2017 §7.1).
 *
 * @throws KeyStoreError `profile-wrong` if the point is not on the curve: the profile looked for it in the wrong place.
 */
export function sm2PublicKeyOfPoint(profile: Pick<DeviceProfile, "name">, xy: Uint8Array): Uint8Array {
  if (!isSm2Point(xy))
    throw profileWrong(profile, "eccMaximumBits", "a public key is no point of the SM2 curve");
  const point = concatBytes(Uint8Array.of(0x04), xy);
  return sequence(sequence(oid(keyOids.ec), oid(curveOids.sm2)), bitString(point));
}

/** Whether x ‖ y is a point of the SM2 curve (GB/T 32918.5-2017). */
export function isSm2Point(xy: Uint8Array): boolean {
  try {
    currentEngine().importPublicKey("sm2", xy, { table: false });
    return true;
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
}
