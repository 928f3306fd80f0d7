import { runDriverHost } from "../src/driver-host/run-driver-host.ts";
import type { Device, DeviceSession } from "../src/driver/index.ts";

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

const device: Device = {
  info: {
    family: "simulator",
    manufacturer: "Yinxin",
    model: "plain",
    serial: "1",
    label: "",
    firmware: "",
    profile: "",
    library: "",
    can: [],
    generates: [],
  },
  pinStatus: () => ({
    isNeeded: true,
    isLoggedIn: false,
    isLocked: false,
    isLastTry: false,
    isDefault: false,
    hasPinPad: false,
  }),
  login: (pin) => {
    pin?.fill(0);
  },
  logout: () => undefined,
  listKeys: () => [],
  findKey: () => undefined,
  refresh: () => undefined,
  openSession: () => session,
  close: () => undefined,
};

// What the device is called stays in memory, and shows that a search of it finds something.
runDriverHost((family) =>
  Promise.resolve({
    family,
    open: (config) => ({ ...device, info: { ...device.info, label: String(config) } }),
  }),
);
