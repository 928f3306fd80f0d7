import {
  createOutput,
  createUlong,
  readSdfDeviceInfo,
  sdfDeviceInfoLayout,
} from "../device-profile/index.ts";
import type { DeviceDescription } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { SdfHandle, SdfLibrary } from "./sdf-library.ts";

/** The handles of an open device, and the session on which everything that no caller's session is for is done. */
export interface OpenHandles {
  readonly device: SdfHandle;
  readonly control: SdfHandle;
}

/** @throws KeyStoreError what the device says. */
export function openHandles(library: SdfLibrary): OpenHandles {
  const device = openDeviceHandle(library);
  try {
    return { device, control: openSessionHandle(library, device) };
  } catch (cause) {
    closeQuietly(library, "SDF_CloseDevice", device);
    throw cause;
  }
}

export function closeHandles(library: SdfLibrary, { device, control }: OpenHandles): void {
  closeQuietly(library, "SDF_CloseSession", control);
  closeQuietly(library, "SDF_CloseDevice", device);
}

/** What is closed may be gone with the device that it was for; that it is gone is all that was wanted. */
export function closeQuietly(
  library: SdfLibrary,
  name: "SDF_CloseSession" | "SDF_CloseDevice",
  handle: SdfHandle,
): void {
  try {
    library.call(name, handle);
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
  }
}

/** Opens the device of the library; which one that is, its own configuration file says (GM/T 0018-2012 §6.2.1). */
function openDeviceHandle(library: SdfLibrary): SdfHandle {
  const memory = createUlong();
  library.call("SDF_OpenDevice", memory);
  return handleIn(memory);
}

/** GM/T 0018-2012 §6.2.3. */
export function openSessionHandle(library: SdfLibrary, device: SdfHandle): SdfHandle {
  const memory = createUlong();
  library.call("SDF_OpenSession", device, memory);
  return handleIn(memory);
}

/**
 * What the device says of itself (GM/T 0018-2012 §6.2.5). Vendors append members of their own to this structure, so what stands behind
 * the standard's is no reason to refuse.
 */
export function readDeviceInfo(library: SdfLibrary, session: SdfHandle): DeviceDescription {
  const output = createOutput(sdfDeviceInfoLayout(library.profile).size, "packing");
  library.call("SDF_GetDeviceInfo", session, output.memory);
  return readSdfDeviceInfo(library.profile, output.octets);
}

/** Cheap: does the device still answer on this session. */
export function askSession(library: SdfLibrary, session: SdfHandle): void {
  readDeviceInfo(library, session);
}

function handleIn(memory: Uint8Array): SdfHandle {
  return new DataView(memory.buffer).getBigUint64(0, true);
}
