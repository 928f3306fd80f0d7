import { runDriverHost } from "../src/driver-host/run-driver-host.ts";
import type { DeviceSession } from "../src/driver/index.ts";
import { plainDevice } from "./plain-device.ts";

// A driver host for tests whose device does, by the first octet of what it is to sign, what a bad library does; anything else it
// gives back as it is.

const session: DeviceSession = {
  sign: ({ input, contextPin }) => {
    contextPin?.fill(0);
    if (input[0] === 1) process.kill(process.pid, "SIGSEGV");
    // Stands still with the whole process.
    if (input[0] === 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (input[0] === 3) return new Promise(() => undefined);
    if (input[0] === 4) throw new TypeError("a fault of the driver");
    return input;
  },
  validate: () => undefined,
  close: () => undefined,
};

const device = plainDevice(session);

// What the device is called stays in memory, and shows that a search of it finds something.
runDriverHost((family) =>
  Promise.resolve({
    family,
    open: (config) => ({ ...device, info: { ...device.info, label: String(config) } }),
  }),
);
