import {
  createOutput,
  eccPublicKeyLayout,
  profileWrong,
  readEccPublicKey,
  readSkfDeviceInfo,
  skfDeviceInfoLayout,
} from "../device-profile/index.ts";
import type { DeviceDescription, DeviceProfile, StructRules } from "../device-profile/index.ts";
import type { SkfCalls, SkfHandle } from "./skf-calls.ts";

const packings = ["1", "natural"] as const;
const ulongs = [4, 8] as const;
const numberWidths = [256, 512] as const;

/**
 * Reads DEVINFO, and from how much of it the library wrote whether it lays structures out as the profile says.
 *
 * @throws KeyStoreError `profile-wrong` naming `packing` or `ulongOctets`; what the device answers.
 */
export function readDeviceInfo(calls: SkfCalls, device: SkfHandle): DeviceDescription {
  const { profile } = calls;
  const onZeros = deviceInfoOver(calls, device, 0x00);
  const onOnes = deviceInfoOver(calls, device, 0xff);
  // What is the same twice, whatever was there before, was written.
  checkDeviceInfoSize(profile, onZeros.findLastIndex((octet, at) => octet === onOnes[at]) + 1);
  return readSkfDeviceInfo(profile, onZeros.subarray(0, skfDeviceInfoLayout(profile).size));
}

/** All that the library was given to write into, which it does over octets of this value. */
function deviceInfoOver(calls: SkfCalls, device: SkfHandle, before: number): Uint8Array {
  const { memory } = createOutput(skfDeviceInfoLayout(calls.profile).size, "packing");
  memory.fill(before);
  calls.call("SKF_GetDevInfo", device, memory);
  return memory;
}

/** Libraries write all of it, or leave the reserved octets at its end alone. */
function endsOf(rules: StructRules): readonly number[] {
  const { size, members } = skfDeviceInfoLayout(rules);
  return [size, members.Reserved.offset];
}

function checkDeviceInfoSize(profile: DeviceProfile, written: number): void {
  if (endsOf(profile).includes(written)) return;
  for (const packing of packings) {
    for (const ulongOctets of ulongs) {
      if (!endsOf({ packing, ulongOctets }).includes(written)) continue;
      const field = ulongOctets === profile.ulongOctets ? "packing" : "ulongOctets";
      const seen = `SKF_GetDevInfo wrote ${String(written)} octets`;
      throw profileWrong(
        profile,
        field,
        `${seen}, as with packing ${packing} and ulongOctets ${String(ulongOctets)}`,
      );
    }
  }
  if (written > skfDeviceInfoLayout(profile).size)
    throw profileWrong(profile, "packing", `SKF_GetDevInfo wrote ${String(written)} octets`);
}

/**
 * x ‖ y of an ECCPUBLICKEYBLOB, from as many octets as the library says it has.
 *
 * @throws KeyStoreError `profile-wrong` naming the field that decides over the size.
 */
export function readPublicKeyBlob(profile: DeviceProfile, blob: Uint8Array): Uint8Array {
  const { size } = eccPublicKeyLayout(profile);
  if (blob.length !== size) throw wrongPublicKeySize(profile, blob.length);
  return readEccPublicKey(profile, blob);
}

function wrongPublicKeySize(profile: DeviceProfile, size: number): Error {
  const fitting = numberWidths
    .flatMap((eccMaximumBits) => ulongs.map((ulongOctets) => ({ ...profile, eccMaximumBits, ulongOctets })))
    .find((rules) => eccPublicKeyLayout(rules).size === size);
  const field = fitting?.eccMaximumBits === profile.eccMaximumBits ? "ulongOctets" : "eccMaximumBits";
  const seen = `SKF_ExportPublicKey gave ${String(size)} octets`;
  if (fitting === undefined) return profileWrong(profile, field, seen);
  const { eccMaximumBits, ulongOctets } = fitting;
  const as = `eccMaximumBits ${String(eccMaximumBits)} and ulongOctets ${String(ulongOctets)}`;
  return profileWrong(profile, field, `${seen}, as with ${as}`);
}
