import type { DeviceDescription } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { NativeValue } from "../native/index.ts";
import { openHandle, readSized } from "./skf-calls.ts";
import type { SkfCalls, SkfFunctionName, SkfHandle } from "./skf-calls.ts";
import type { SkfConfig } from "./skf-config.ts";
import { readNameList, terminated, textOfName } from "./skf-names.ts";
import { readDeviceInfo } from "./skf-structures.ts";

/** An application of a device, and what the library keeps of both. */
export interface FoundApplication {
  readonly deviceName: Uint8Array;
  readonly device: SkfHandle;
  readonly description: DeviceDescription;
  readonly applicationName: string;
  readonly application: SkfHandle;
}

type FoundDevice = Pick<FoundApplication, "deviceName" | "device" | "description">;

/** A device with all its applications and containers has some KB of names; a list that is longer is read again. */
const listRoom = 16_384;

/** The names that a function lists. */
export function listNames(
  calls: SkfCalls,
  name: SkfFunctionName,
  ...values: readonly NativeValue[]
): readonly Uint8Array[] {
  return readNameList(readSized(calls, { name, room: listRoom, field: "ulongOctets" }, ...values));
}

/**
 * Opens the application that the configuration names, or the only one there is.
 *
 * @param serial of the device it must be on, if it was open before.
 * @throws KeyStoreError `token-not-found` with what was seen; `profile-wrong`; what the device answers.
 */
export function findApplication(calls: SkfCalls, config: SkfConfig, serial?: string): FoundApplication {
  const found = findDevice(calls, config, serial);
  try {
    return { ...found, ...openApplication(calls, config, found.device) };
  } catch (cause) {
    calls.answer("SKF_DisConnectDev", found.device);
    throw cause;
  }
}

function findDevice(calls: SkfCalls, config: SkfConfig, serial: string | undefined): FoundDevice {
  const looks = listNames(calls, "SKF_EnumDev", 1).map((name) => lookAt(calls, name));
  const answered = looks.flatMap(({ found }) => found ?? []);
  const [only, ...others] = answered.filter((found) => isWanted(found, config, serial));
  const isFound = only !== undefined && others.length === 0;
  for (const found of answered)
    if (!isFound || found !== only) calls.answer("SKF_DisConnectDev", found.device);
  if (isFound) return only;
  const failure = failureOfWanted(looks, config, serial);
  if (only === undefined && failure !== undefined) throw failure;
  const wanted = serial === undefined ? config.device : `the serial number ${serial}`;
  const seen = looks.map((look) => look.seen);
  throw notFound(calls, only === undefined ? "no device" : "more than one device", wanted, seen);
}

/** One device that was looked at; one that is mute, or another vendor's, must not hide the others. */
interface Look {
  readonly name: string;
  readonly seen: string;
  readonly found?: FoundDevice;
  readonly failure?: KeyStoreError;
}

function lookAt(calls: SkfCalls, deviceName: Uint8Array): Look {
  const name = textOfName(deviceName);
  try {
    const found = connect(calls, deviceName);
    return { name, found, seen: `${name} (serial number ${found.description.serial})` };
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
    return { name, failure: cause, seen: `${name} (${cause.message})` };
  }
}

/** Why the device that is wanted did not answer, as far as it can be that one. */
function failureOfWanted(
  looks: readonly Look[],
  { device }: SkfConfig,
  serial: string | undefined,
): KeyStoreError | undefined {
  if (serial !== undefined && looks.some(({ found }) => found !== undefined)) return undefined;
  return looks.find(({ name, failure }) => failure !== undefined && [undefined, name].includes(device))
    ?.failure;
}

function isWanted({ deviceName, description }: FoundDevice, { device }: SkfConfig, serial?: string): boolean {
  if (serial !== undefined && description.serial !== serial) return false;
  return device === undefined || device === textOfName(deviceName) || device === description.serial;
}

function connect(calls: SkfCalls, deviceName: Uint8Array): FoundDevice {
  const device = openHandle(calls, "SKF_ConnectDev", terminated(deviceName));
  try {
    return { deviceName, device, description: readDeviceInfo(calls, device) };
  } catch (cause) {
    calls.answer("SKF_DisConnectDev", device);
    throw cause;
  }
}

function openApplication(
  calls: SkfCalls,
  config: SkfConfig,
  device: SkfHandle,
): Pick<FoundApplication, "application" | "applicationName"> {
  const names = listNames(calls, "SKF_EnumApplication", device);
  const fitting = names.filter((name) => [undefined, textOfName(name)].includes(config.application));
  const [only, ...others] = fitting;
  if (only === undefined || others.length > 0) {
    const what = only === undefined ? "no application" : "more than one application";
    throw notFound(calls, what, config.application, names.map(textOfName));
  }
  const application = openHandle(calls, "SKF_OpenApplication", device, terminated(only));
  return { application, applicationName: textOfName(only) };
}

function notFound(
  calls: SkfCalls,
  what: string,
  wanted: string | undefined,
  seen: readonly string[],
): KeyStoreError {
  const named = wanted === undefined ? "" : ` that is ${wanted}`;
  return new KeyStoreError("token-not-found", `there is ${what}${named}`, {
    facts: { library: calls.library, seen },
  });
}
