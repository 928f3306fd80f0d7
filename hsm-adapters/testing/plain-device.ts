import type { Device, DeviceSession } from "../src/driver/index.ts";

/** A device without keys that does nothing by itself: tests change what they are about. */
export function plainDevice(session: DeviceSession, changes: Partial<Device> = {}): Device {
  return {
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
    ...changes,
  };
}
