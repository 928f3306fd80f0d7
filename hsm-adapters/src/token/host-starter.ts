import type { Connect, DeviceConnection } from "../driver/index.ts";
import type { KeyStoreError } from "../key-store/index.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";
import { deadlineExceeded, storeClosed } from "./token-errors.ts";

export interface HostStarterDeps {
  readonly connect: Connect;
  readonly watch: DeadlineWatch;
  readonly startMilliseconds: number;
}

/** How long a host that was asked to close may take before it is ended. */
const closeMilliseconds = 3_000;

/** Starts hosts in time, and ends them for sure. */
export class HostStarter {
  readonly #deps: HostStarterDeps;

  constructor(deps: HostStarterDeps) {
    this.#deps = deps;
  }

  /** @throws KeyStoreError what connecting throws; `deadline-exceeded`, and what comes later is ended. */
  async start(): Promise<DeviceConnection> {
    const { connect, watch, startMilliseconds } = this.#deps;
    const late = (): KeyStoreError => deadlineExceeded("the driver host did not start in time");
    const starting = connect();
    try {
      return await watch.within(starting, startMilliseconds, late);
    } catch (cause) {
      starting.then(
        (connection) => {
          connection.kill();
        },
        () => undefined,
      );
      throw cause;
    }
  }

  /** Closes the connection, by force if it does not close by itself, and what was prepared for the next. */
  async close(connection: DeviceConnection | undefined): Promise<void> {
    await Promise.all([this.#closeOrKill(connection), this.#deps.connect.release?.()]);
  }

  async #closeOrKill(connection: DeviceConnection | undefined): Promise<void> {
    if (connection === undefined) return;
    try {
      await this.#deps.watch.within(connection.close(), closeMilliseconds, storeClosed);
    } catch {
      // However it failed, the process must be gone.
      connection.kill();
    }
  }
}
