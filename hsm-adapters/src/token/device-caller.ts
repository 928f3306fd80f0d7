import type { DeviceConnection, DriverFamily } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";
import type { DeviceSupervisor } from "./device-supervisor.ts";
import type { PinLatch } from "./pin-latch.ts";
import { recoveryActions } from "./recovery-actions.ts";
import { asKeyStoreError, deadlineExceeded } from "./token-errors.ts";

export interface DeviceCallerDeps {
  readonly supervisor: DeviceSupervisor;
  readonly watch: DeadlineWatch;
  readonly latch: PinLatch;
  readonly deadlineMilliseconds: number;
  readonly generationMilliseconds: number;
}

/** More would only repeat what a broken device says. */
const maximumAttempts = 3;

/** PKCS#11 shows private objects to those who are logged in; the others list their keys to everybody. */
const hidingFamilies: readonly DriverFamily[] = ["pkcs11"];

/** Calls that need no session: looking up, listing, making keys. */
export class DeviceCaller {
  readonly #deps: DeviceCallerDeps;

  constructor(deps: DeviceCallerDeps) {
    this.#deps = deps;
  }

  /** Asks, and asks again where that changes nothing on the device: after a crash, a lost login, a device error. */
  async call<Value>(ask: (connection: DeviceConnection) => Promise<Value>): Promise<Value> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = await this.#deps.supervisor.connection();
      try {
        return await this.answered(connection, ask(connection));
      } catch (cause) {
        const error = asKeyStoreError(cause);
        await this.recover(connection, error);
        if (attempt === maximumAttempts || recoveryActions[error.code].retries === 0) throw error;
      }
    }
  }

  /** Does what changes something: once, whatever comes of it. It may take long. */
  async change<Value>(change: (connection: DeviceConnection) => Promise<Value>): Promise<Value> {
    const { supervisor, watch, generationMilliseconds } = this.#deps;
    const connection = await supervisor.connection();
    const late = (): KeyStoreError => {
      const error = deadlineExceeded("the device did not say in time whether it did it", true);
      supervisor.restart(connection, error.code);
      return error;
    };
    try {
      return await watch.withinLong(change(connection), generationMilliseconds, late);
    } catch (cause) {
      const error = asKeyStoreError(cause);
      await this.recover(connection, error);
      throw error.code === "driver-crashed" ? withUnknownOutcome(error) : error;
    }
  }

  /** The answer in its time; a host that is later than that is ended. */
  answered<Value>(connection: DeviceConnection, answer: Promise<Value>): Promise<Value> {
    const { watch, deadlineMilliseconds, supervisor } = this.#deps;
    const late = (): KeyStoreError => {
      const error = deadlineExceeded("the device did not answer in time");
      supervisor.restart(connection, error.code);
      return error;
    };
    return watch.within(answer, deadlineMilliseconds, late, true);
  }

  /**
   * What a device that hides its keys from a stranger does not list may be there all the same.
   *
   * @throws KeyStoreError why nobody is logged in: `pin-required`, `pin-latched`; what the device says.
   */
  async refuseHiding(connection: DeviceConnection): Promise<void> {
    const { latch } = this.#deps;
    if (latch.reason === undefined || !hidingFamilies.includes(connection.device.family)) return;
    const { isNeeded, isLoggedIn } = await connection.pinStatus();
    if (!isNeeded || isLoggedIn) return;
    const { code, message, facts } = latch.refusal();
    throw new KeyStoreError(code, `not logged in: private keys are not shown (${message})`, {
      facts,
      cause: latch.reason,
    });
  }

  /** What an error asks for, apart from sessions and keys. */
  async recover(connection: DeviceConnection, error: KeyStoreError): Promise<void> {
    const { supervisor, latch } = this.#deps;
    const { action } = recoveryActions[error.code];
    if (action === "restart-host") supervisor.restart(connection, error.code);
    else if (action === "go-offline") supervisor.goOffline(connection, error);
    else if (action === "replace-session-or-host") supervisor.countDeviceError(connection, error);
    else if (action === "log-in") await supervisor.logInAgain(connection);
    else if (action === "latch") latch.note(error);
  }
}

function withUnknownOutcome(error: KeyStoreError): KeyStoreError {
  const { code, message, facts } = error;
  return new KeyStoreError(code, message, { facts: { ...facts, outcomeUnknown: true }, cause: error });
}
