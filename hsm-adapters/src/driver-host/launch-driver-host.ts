import type { DeviceConnection, DriverFamily } from "../driver/index.ts";

export interface DriverHostOptions {
  /** The host's JavaScript: {@link driverHostProgram}, or a bundle of `driver-host/main.ts`. */
  readonly program: string;
  readonly family: DriverFamily;
  /** Of the family's own shape; checked by the driver. Holds no secret. */
  readonly config: unknown;
  /** All variables that the library sees, but for PATH, HOME and LANG, which are fixed unless they are here. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingFolder?: string;
  /** How many calls into the library may wait in parallel: the size of the host's thread pool. 16 if absent. */
  readonly sessions?: number;
  /** Told each line that the library or the host writes to standard error; a driver writes no secret there. */
  readonly log?: (line: string) => void;
}

/**
 * Starts a process for one vendor's library and opens the device in it.
 *
 * @throws KeyStoreError what `Driver.open` throws; `driver-crashed` if the process ends before it answered.
 */
export declare function launchDriverHost(options: DriverHostOptions): Promise<DeviceConnection>;
