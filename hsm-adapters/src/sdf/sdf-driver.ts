import type { Driver } from "../driver/index.ts";
import { openLibrary } from "../native/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { readSdfConfig } from "./sdf-config.ts";
import { SdfDevice } from "./sdf-device.ts";
import { closeHandles, openHandles, readDeviceInfo } from "./sdf-handles.ts";
import { createSdfLibrary } from "./sdf-library.ts";
import type { SdfLibrary } from "./sdf-library.ts";

/** Devices with the interface of GM/T 0018-2012: cipher machines and cards. */
export const driver: Driver = {
  family: "sdf",
  open: async (config) => {
    const { library: path, profile, indexes } = readSdfConfig(config);
    const library = createSdfLibrary(await openLibrary(path), profile);
    const handles = openDevice(library);
    try {
      const description = readDeviceInfo(library, handles.control);
      return new SdfDevice(library, handles, { description, indexes });
    } catch (cause) {
      closeHandles(library, handles);
      throw cause;
    }
  },
};

/** A library that opens no device has found none: which one it looks for is said in the vendor's own configuration. */
function openDevice(library: SdfLibrary): ReturnType<typeof openHandles> {
  try {
    return openHandles(library);
  } catch (cause) {
    if (!(cause instanceof KeyStoreError) || cause.code !== "device-unreachable") throw cause;
    throw new KeyStoreError(
      "token-not-found",
      `${library.path} opened no device: ${cause.message}; it reads address and device from the vendor's own configuration file`,
      { cause, facts: { ...cause.facts, library: library.path, seen: [] } },
    );
  }
}
