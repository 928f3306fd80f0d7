/**
 * What a family of devices implements, and how it is reached.
 *
 * A {@link Driver} opens a {@link Device}, on which the token client works through sessions; it lives in a driver host, so that no
 * vendor's library runs in a service. A {@link DeviceConnection} is the same device seen from the service; {@link connectInProcess} makes
 * one without a process between, for tests.
 */
export { connectInProcess } from "./connect-in-process.ts";
export { DeviceCalls } from "./device-calls.ts";
export { driverFamilies } from "./driver.ts";
export type {
  DecryptRequest,
  Device,
  DeviceAbility,
  DeviceEvent,
  DeviceInfo,
  DeviceKey,
  DeviceSession,
  Driver,
  DriverFamily,
  GenerateRequest,
  ImportRequest,
  MaybePromise,
  PinStatus,
  SigningMechanism,
  SignRequest,
} from "./driver.ts";
export type { Connect, ConnectionEnd, DeviceConnection, SessionNumber } from "./device-connection.ts";
