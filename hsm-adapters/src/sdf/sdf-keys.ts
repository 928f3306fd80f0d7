import { bitString, integer, nullValue, oid, sequence } from "@yinxin/crypto/der";
import { keyOids } from "@yinxin/crypto/algorithms";
import { hexOf } from "@yinxin/crypto/bytes";

import {
  checkOutput,
  createOutput,
  eccPublicKeyLayout,
  readEccPublicKey,
  readRsaPublicKey,
  rsaPublicKeyLayout,
  sm2PublicKeyOfPoint,
} from "../device-profile/index.ts";
import type { DeviceProfile, NativeOutput } from "../device-profile/index.ts";
import type { DeviceKey, SigningMechanism } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";
import { uriOfPlace } from "./sdf-key-uri.ts";
import type { SdfKeyPlace } from "./sdf-key-uri.ts";
import type { SdfFunctionName, SdfHandle, SdfLibrary } from "./sdf-library.ts";

/** What a device answers for an index that holds no such key; vendors do not agree. */
const meansAbsent: readonly KeyStoreErrorCode[] = [
  "key-not-found",
  "operation-not-supported",
  "algorithm-not-supported",
  "key-state-forbids",
];

const exportedBy = (place: SdfKeyPlace): SdfFunctionName => {
  if (place.kind === "rsa") return "SDF_ExportSignPublicKey_RSA";
  return place.use === "encrypt" ? "SDF_ExportEncPublicKey_ECC" : "SDF_ExportSignPublicKey_ECC";
};

/** The pairs that an index may hold and that this suite uses. */
export function placesOfIndex(index: number): SdfKeyPlace[] {
  return [
    { index, kind: "sm2", use: "sign" },
    { index, kind: "sm2", use: "encrypt" },
    { index, kind: "rsa", use: "sign" },
  ];
}

/** The key in that place; undefined if it is empty. @throws KeyStoreError `profile-wrong`; what the device says. */
export function readDeviceKey(
  library: SdfLibrary,
  session: SdfHandle,
  serial: string,
  place: SdfKeyPlace,
): DeviceKey | undefined {
  const output = exportPublicKey(library, session, place);
  if (output === undefined) return undefined;
  const { profile } = library;
  checkOutput(profile, exportedBy(place), output);
  const canDecrypt = place.use === "encrypt" && library.has("SDF_InternalDecrypt_ECC");
  return {
    uri: uriOfPlace(serial, place),
    label: labelOf(place),
    publicKey:
      place.kind === "rsa"
        ? rsaSpki(profile, output.octets)
        : sm2PublicKeyOfPoint(profile, readEccPublicKey(profile, output.octets)),
    // A device of this kind keeps private keys inside, but no call says so of one key.
    attributes: {},
    mechanisms: mechanismsOf(profile, place),
    decrypts: canDecrypt,
  };
}

/** The structure as the device wrote it, unchecked; undefined for an empty place. */
export function exportPublicKey(
  library: SdfLibrary,
  session: SdfHandle,
  place: SdfKeyPlace,
): NativeOutput | undefined {
  const name = exportedBy(place);
  if (!library.has(name)) return undefined;
  const { profile } = library;
  const output =
    place.kind === "rsa"
      ? createOutput(rsaPublicKeyLayout(profile).size, "rsaMaximumBits")
      : createOutput(eccPublicKeyLayout(profile).size, "eccMaximumBits");
  try {
    library.call(name, session, place.index, output.memory);
  } catch (cause) {
    if (cause instanceof KeyStoreError && meansAbsent.includes(cause.code)) return undefined;
    throw cause;
  }
  // Some answer OK for an empty place, and write nothing.
  return output.octets.every((octet) => octet === 0) ? undefined : output;
}

const labelOf = ({ index, kind, use }: SdfKeyPlace): string =>
  `index ${String(index)}${kind === "rsa" ? " RSA" : ""}${use === "encrypt" ? " encryption" : ""}`;

function mechanismsOf(profile: DeviceProfile, place: SdfKeyPlace): SigningMechanism[] {
  if (place.use === "encrypt") return [];
  if (place.kind === "sm2") return [{ algorithm: "SM2", takes: profile.signInput }];
  return (["RS256", "RS384", "RS512"] as const).map((algorithm) => ({ algorithm, takes: "digest" }));
}

function rsaSpki(profile: DeviceProfile, struct: Uint8Array): Uint8Array {
  const { modulus, exponent } = readRsaPublicKey(profile, struct);
  const number = (octets: Uint8Array): Uint8Array => integer(BigInt(`0x${hexOf(octets)}`));
  const key = sequence(number(modulus), number(exponent));
  return sequence(sequence(oid(keyOids.rsa), nullValue()), bitString(key));
}
