import type { Driver } from "../driver/index.ts";
import { openLibrary } from "../native/index.ts";
import { createSkfCalls } from "./skf-calls.ts";
import { readSkfConfig } from "./skf-config.ts";
import { SkfConnection } from "./skf-connection.ts";
import { createSkfDevice } from "./skf-device.ts";
import { listKeys } from "./skf-keys.ts";

/**
 * Drives keys of GM/T 0016 (智能密码钥匙). At opening it reads what the device says of itself and the public keys on it, which shows whether
 * the profile's structures fit; it tries no PIN and changes nothing. What is signed is seen at the first login.
 *
 * The library is never unloaded: many have threads that would go on in memory that is gone.
 */
export const driver: Driver = {
  family: "skf",
  open: async (config) => {
    const read = readSkfConfig(config);
    const calls = createSkfCalls(await openLibrary(read.library), read.profile);
    const connection = SkfConnection.open(calls, read);
    try {
      listKeys(connection);
    } catch (cause) {
      connection.close();
      throw cause;
    }
    return createSkfDevice(connection);
  },
};
