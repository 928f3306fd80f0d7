import type { DeviceConnection } from "../driver/index.ts";
import type { KeyStoreError } from "../key-store/index.ts";
import type { InterruptiblePause } from "./interruptible-pause.ts";
import { asKeyStoreError } from "./token-errors.ts";

export interface DeviceAbsenceDeps {
  readonly pollMilliseconds: number;
  /** Cut short when the device says that it is back. */
  readonly pause: InterruptiblePause;
  readonly isAway: () => boolean;
  readonly answered: <Value>(connection: DeviceConnection, answer: Promise<Value>) => Promise<Value>;
}

/** A device that stays away although its library answers may need that library initialised anew. */
const asksBetweenRefreshes = 3;

/** A device that says again and again that it is back is not asked more often: each time may start a process. */
const shortestPauseMilliseconds = 100;

/** Waits for a device that was pulled out, switched off or not there yet. */
export class DeviceAbsence {
  readonly #deps: DeviceAbsenceDeps;
  #asked = 0;

  constructor(deps: DeviceAbsenceDeps) {
    this.#deps = deps;
  }

  /** Tries again and again until it succeeds or is not wanted any more. */
  async last(tryToReturn: () => Promise<void>, onFailure: (error: KeyStoreError) => void): Promise<void> {
    const { isAway, pause, pollMilliseconds } = this.#deps;
    this.#asked = 0;
    while (isAway()) {
      await pause.wait(pollMilliseconds, Math.min(pollMilliseconds, shortestPauseMilliseconds));
      if (!isAway()) return;
      try {
        await tryToReturn();
      } catch (cause) {
        if (isAway()) onFailure(asKeyStoreError(cause));
      }
    }
  }

  /** @throws KeyStoreError unless the device is back behind this connection. */
  async ask(connection: DeviceConnection): Promise<void> {
    const { answered } = this.#deps;
    this.#asked += 1;
    if (this.#asked % asksBetweenRefreshes === 0) await answered(connection, connection.refresh());
    await answered(connection, connection.pinStatus());
    // Some devices say without looking whether they need a PIN; none opens a session while it is away.
    const session = await answered(connection, connection.openSession());
    await answered(connection, connection.closeSession(session));
  }
}
