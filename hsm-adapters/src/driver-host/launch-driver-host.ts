import type { Connect, DriverFamily } from "../driver/index.ts";
import { readNothing } from "../wire/index.ts";
import { openHostConnection } from "./host-connection.ts";
import type { DriverHostConnection } from "./host-connection.ts";
import { startHostProcess } from "./host-process.ts";
import type { HostProcess, HostProcessOptions } from "./host-process.ts";
import { operations } from "./operations.ts";

export interface DriverHostOptions extends HostProcessOptions {
  readonly family: DriverFamily;
  /** Of the family's own shape; checked by the driver. Holds no secret. */
  readonly config: unknown;
}

/**
 * Starts a process for one vendor's library and opens the device in it.
 *
 * @throws KeyStoreError what `Driver.open` throws; `driver-crashed` if the process ends before it answered, with its last
 *   words; `deadline-exceeded`.
 */
export function launchDriverHost(options: DriverHostOptions): Promise<DriverHostConnection> {
  return openHostConnection(startHostProcess(options), options.family, options.config);
}

/**
 * Gives a new connection each time it is called, and keeps one process more ready for the next: started, with the driver's
 * code but not the vendor's library in it. After a crash that saves the time a process takes to start.
 */
export function driverHostConnector(options: DriverHostOptions): Connect {
  let spare: HostProcess | undefined;
  let isReleased = false;
  const prepare = (): void => {
    if (isReleased || spare !== undefined) return;
    const prepared = startHostProcess(options);
    spare = prepared;
    prepared.setReferenced(false);
    // Whatever keeps it from loading the code is told to whoever opens a device in the next one.
    prepared.channel.call(operations.load, options.family, readNothing).catch(() => undefined);
    void prepared.ended.then(() => {
      if (spare === prepared) spare = undefined;
    });
  };
  const connect = async (): Promise<DriverHostConnection> => {
    const host = spare ?? startHostProcess(options);
    spare = undefined;
    host.setReferenced(true);
    const connection = await openHostConnection(host, options.family, options.config);
    prepare();
    return connection;
  };
  const release = async (): Promise<void> => {
    isReleased = true;
    // Whoever waits for its end must not be ended by having nothing else to wait for.
    spare?.setReferenced(true);
    spare?.kill();
    await spare?.ended;
  };
  return Object.assign(connect, { release });
}
