import type { Connect, DeviceConnection } from "../driver/index.ts";

/** A second host, started and waiting, so that a crash costs no start of a process. It is not logged in. */
export class SpareConnection {
  readonly #connect: Connect | undefined;
  #starting: Promise<DeviceConnection> | undefined;

  /** @param connect undefined if no spare is kept. */
  constructor(connect: Connect | undefined) {
    this.#connect = connect;
  }

  /** Starts one unless there is one. */
  prepare(): void {
    if (this.#connect === undefined || this.#starting !== undefined) return;
    const starting = this.#connect();
    this.#starting = starting;
    const forget = (): void => {
      if (this.#starting === starting) this.#starting = undefined;
    };
    // One that cannot be started, or ends while it waits, is tried again after the next crash.
    starting.then((connection) => connection.ended.then(forget), forget);
  }

  /** The spare, which is somebody else's from now on. */
  take(): Promise<DeviceConnection> | undefined {
    const starting = this.#starting;
    this.#starting = undefined;
    return starting;
  }

  async close(end: (connection: DeviceConnection) => Promise<void>): Promise<void> {
    const connection = await this.take()?.catch(() => undefined);
    if (connection !== undefined) await end(connection);
  }
}
