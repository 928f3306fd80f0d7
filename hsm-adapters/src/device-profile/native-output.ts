import type { DeviceProfile } from "./device-profile.ts";
import { profileWrong } from "./profile-wrong.ts";
import { readNumber } from "./struct-layout.ts";

/**
 * What stands behind every output, beside as much again as the output has: a library that was compiled for structures of twice the
 * width (RSA with 4096 bits for 2048) writes there and not into memory of others.
 */
const roomBehind = 256;
/** Every ULONG has this much room, whatever the profile says of its size. */
const ulongRoom = 8;

/** Memory for a library to write into, with a guarded room behind it. */
export interface NativeOutput {
  /** To be passed to the library: the output and the room behind it. */
  readonly memory: Uint8Array;
  /** The output alone. */
  readonly octets: Uint8Array;
  readonly field: keyof DeviceProfile;
}

/** @param field of the profile that says how large the output is. */
export function createOutput(octets: number, field: keyof DeviceProfile): NativeOutput {
  const memory = new Uint8Array(2 * octets + roomBehind);
  for (let at = octets; at < memory.length; at += 1) memory[at] = canaryAt(at);
  return { memory, octets: memory.subarray(0, octets), field };
}

/** Not the same everywhere, and never zero, so that neither zeros nor a repeated octet look like it. */
function canaryAt(at: number): number {
  return 0x80 | ((at * 37 + 11) & 0x7f);
}

/** How many octets were written behind the output, up to the last one that changed. */
export function overrunOf({ memory, octets }: NativeOutput): number {
  let end = memory.length;
  while (end > octets.length && memory[end - 1] === canaryAt(end - 1)) end -= 1;
  return end - octets.length;
}

/** @throws KeyStoreError `profile-wrong` naming the field, if the library wrote behind the output. */
export function checkOutput(profile: DeviceProfile, call: string, output: NativeOutput): void {
  const overrun = overrunOf(output);
  if (overrun === 0) return;
  const [size, end] = [output.octets.length, output.octets.length + overrun];
  throw profileWrong(
    profile,
    output.field,
    `${call} wrote up to octet ${String(end)} where the profile expects ${String(size)}`,
  );
}

/** A ULONG for the library to write into. */
export function createUlong(value = 0): Uint8Array {
  const memory = new Uint8Array(ulongRoom);
  new DataView(memory.buffer).setUint32(0, value, true);
  return memory;
}

/** @throws KeyStoreError `profile-wrong` if it was written wider than the profile says. */
export function readUlong(profile: DeviceProfile, call: string, memory: Uint8Array): number {
  if (memory.subarray(profile.ulongOctets).some((octet) => octet !== 0))
    throw profileWrong(profile, "ulongOctets", `${call} wrote a number of more octets`);
  return readNumber(memory.subarray(0, profile.ulongOctets));
}
