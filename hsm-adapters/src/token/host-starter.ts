import type { Connect, DeviceConnection } from "../driver/index.ts";
import type { KeyStoreError } from "../key-store/index.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";
import { SpareConnection } from "./spare-connection.ts";
import { deadlineExceeded, storeClosed } from "./token-errors.ts";

export interface HostStarterDeps {
  readonly connect: Connect;
  readonly watch: DeadlineWatch;
  readonly startMilliseconds: number;
  readonly keepsSpare: boolean;
}

/** How long a host that was asked to close may take before it is ended. */
const closeMilliseconds = 3_000;

/** Starts hosts in time, and ends them for sure. */
export class HostStarter {
  readonly #deps: HostStarterDeps;
  readonly #spare: SpareConnection;

  constructor(deps: HostStarterDeps) {
    this.#deps = deps;
    this.#spare = new SpareConnection(deps.keepsSpare ? deps.connect : undefined);
  }

  /**
   * A connection: the spare one, if there is one that lives.
   *
   * @throws KeyStoreError what connecting throws; `deadline-exceeded`, and what starts later is ended.
   */
  async start(): Promise<DeviceConnection> {
    const spare = await this.#livingSpare();
    if (spare !== undefined) return spare;
    const { connect, watch, startMilliseconds } = this.#deps;
    const late = (): KeyStoreError => deadlineExceeded("the driver host did not start in time");
    const starting = connect();
    let isLate = false;
    const endIfLate = (connection: DeviceConnection): void => {
      if (isLate) connection.kill();
    };
    starting.then(endIfLate, () => undefined);
    try {
      return await watch.within(starting, startMilliseconds, late);
    } catch (cause) {
      isLate = true;
      throw cause;
    }
  }

  /** Starts a spare host, if one is wanted. */
  prepare(): void {
    this.#spare.prepare();
  }

  /** Closes a connection and the spare one, by force if they do not close by themselves. */
  async close(connection: DeviceConnection | undefined): Promise<void> {
    const spare = await this.#spare.take()?.catch(() => undefined);
    await Promise.all([connection, spare].map((one) => this.#closeOrKill(one)));
  }

  /** One that does not answer is as good as none. */
  async #livingSpare(): Promise<DeviceConnection | undefined> {
    const starting = this.#spare.take();
    if (starting === undefined) return undefined;
    const { watch, startMilliseconds } = this.#deps;
    try {
      const connection = await watch.within(starting, startMilliseconds, storeClosed);
      await watch.within(connection.pinStatus(), startMilliseconds, storeClosed);
      return connection;
    } catch {
      starting.then((connection) => {
        connection.kill();
      }, storeClosed);
      return undefined;
    }
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
