import type { DeviceConnection, PinStatus } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";
import type { PinSource } from "../pin/index.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";
import { recoveryActions } from "./recovery-actions.ts";
import { asKeyStoreError, deadlineExceeded } from "./token-errors.ts";

export interface PinLatchDeps {
  readonly pin: PinSource;
  readonly watch: DeadlineWatch;
  readonly deadlineMilliseconds: number;
  /** In production mode a PIN from the factory is refused. */
  readonly isProduction: boolean;
  readonly allowLastTry: boolean;
  /** @throws KeyStoreError `pin-default`. */
  readonly refuseDefaultPin: (pin: Uint8Array) => void;
  readonly onLatched: (error: KeyStoreError) => void;
}

/** Long enough for a person to come and type. */
const padMilliseconds = 60_000;

const noAnswer: readonly KeyStoreErrorCode[] = ["driver-crashed", "deadline-exceeded"];

/** To a login, some libraries answer a general failure where others say that the PIN was wrong, and count it all the same. */
const noClearAnswer: readonly KeyStoreErrorCode[] = [
  ...noAnswer,
  ...(["device-error", "vendor-error", "not-permitted", "key-state-forbids"] as const),
];

/** Where the PIN of one login comes from, and whether it may be the last one. */
interface Attempt {
  readonly read: () => Promise<Uint8Array | undefined>;
  readonly allowLastTry: boolean;
}

/**
 * Logs in, and stops doing so for good after the first refusal: a client that tries a stale PIN again after each reconnect
 * locks the token. Only {@link activate} tries again.
 */
export class PinLatch {
  readonly #deps: PinLatchDeps;
  #reason: KeyStoreError | undefined;
  #wasRight = false;
  /** PINs in a row that were sent, and of which the device never said whether they were right. */
  #silentTries = 0;
  /** The last of those who try a PIN: of several at once, each would cost a try before the first refusal is known. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: PinLatchDeps) {
    this.#deps = deps;
  }

  /** Why no PIN is tried any more. */
  get reason(): KeyStoreError | undefined {
    return this.#reason;
  }

  /**
   * Logs in if the device wants it and is not logged in yet.
   *
   * @throws KeyStoreError `pin-latched` without asking the device; `pin-incorrect`, `pin-locked`, `pin-expired`, `pin-required`,
   *   `pin-last-try`, `pin-default` or `pin-file-permissions`, and it is latched from then on; what a device says.
   */
  logIn(connection: DeviceConnection): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#reason !== undefined) throw this.refusal();
      const { pin, allowLastTry } = this.#deps;
      await this.#attempt(connection, { read: () => pin.read(), allowLastTry });
    });
  }

  /**
   * One more try, on a person's word, with this PIN. If the device does not even say whether it is right, it stays latched: the PIN that
   * would be tried next is the one from the source.
   *
   * @param pin overwritten before this settles.
   */
  activate(connection: DeviceConnection, pin: Uint8Array, allowLastTry: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#reason;
      this.#reason = undefined;
      this.#silentTries = 0;
      try {
        await this.#attempt(connection, { read: () => Promise.resolve(pin), allowLastTry });
      } catch (cause) {
        this.#reason ??= before;
        throw cause;
      }
    }).finally(() => pin.fill(0));
  }

  /**
   * One operation of a key that asks for the PIN at each: such operations come one after the other, with the same care as logins.
   *
   * @param use gets the PIN, which is overwritten afterwards; undefined for the device's own pad.
   * @throws KeyStoreError as {@link logIn}; what the operation says.
   */
  withContextPin<Value>(
    connection: DeviceConnection,
    use: (pin: Uint8Array | undefined) => Promise<Value>,
  ): Promise<Value> {
    return this.#inTurn(async () => {
      if (this.#reason !== undefined) throw this.refusal();
      const { pin: source, allowLastTry } = this.#deps;
      const status = await this.#answered(connection.pinStatus());
      const attempt = { read: () => source.read(), allowLastTry };
      return this.#withPin(status, attempt, (pin) => this.#countSilence(() => use(pin), noAnswer));
    });
  }

  /** Latches if this error is one after which no PIN may be tried. @returns the same error. */
  note(error: KeyStoreError): KeyStoreError {
    const isForPerson = recoveryActions[error.code].action === "latch" || error.code === "pin-latched";
    if (!isForPerson || this.#reason !== undefined) return error;
    this.#reason = error;
    this.#deps.onLatched(error);
    return error;
  }

  /** What callers are told while it is latched. */
  refusal(): KeyStoreError {
    const reason = this.#reason;
    if (reason?.code === "pin-required") return new KeyStoreError("pin-required", reason.message);
    const why = reason === undefined ? "" : ` (${reason.code}: ${reason.message})`;
    return new KeyStoreError(
      "pin-latched",
      `no PIN is tried any more until an officer activates the device${why}`,
      { facts: reason?.facts ?? {}, cause: reason },
    );
  }

  async #attempt(connection: DeviceConnection, attempt: Attempt): Promise<void> {
    const status = await this.#answered(connection.pinStatus());
    if (!status.isNeeded || status.isLoggedIn) return;
    await this.#withPin(status, attempt, (pin) =>
      this.#countSilence(() => this.#logIn(connection, status.hasPinPad, pin), noClearAnswer),
    );
  }

  async #withPin<Value>(
    status: PinStatus,
    attempt: Attempt,
    use: (pin: Uint8Array | undefined) => Promise<Value>,
  ): Promise<Value> {
    try {
      this.#refuseBefore(status, attempt);
      const pin = await attempt.read();
      try {
        this.#check(status, pin);
        return await use(pin);
      } finally {
        pin?.fill(0);
      }
    } catch (cause) {
      throw this.note(asKeyStoreError(cause));
    }
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(work, work);
    this.#turn = result;
    return result;
  }

  /** What the device's own counters forbid. */
  #refuseBefore(status: PinStatus, { allowLastTry }: Attempt): void {
    const facts = status.remainingTries === undefined ? {} : { remainingTries: status.remainingTries };
    if (status.isLocked) throw new KeyStoreError("pin-locked", "the PIN is locked", { facts });
    if (status.isLastTry && !allowLastTry) {
      throw new KeyStoreError("pin-last-try", "one more wrong PIN would lock the device", { facts });
    }
    if (status.isDefault && this.#deps.isProduction) {
      throw new KeyStoreError("pin-default", "the device still has the PIN from the factory", { facts });
    }
  }

  #check({ hasPinPad }: PinStatus, pin: Uint8Array | undefined): void {
    if (pin === undefined && !hasPinPad) {
      throw new KeyStoreError("pin-required", "the device has no pad to type the PIN on");
    }
    if (pin !== undefined && this.#deps.isProduction) this.#deps.refuseDefaultPin(pin);
  }

  /** @param silences codes after which nobody knows what the device did with the PIN. */
  async #countSilence<Value>(
    send: () => Promise<Value>,
    silences: readonly KeyStoreErrorCode[],
  ): Promise<Value> {
    // A PIN that was right before has a second chance with a device that crashed over it; any other may have cost a try.
    if (this.#silentTries > (this.#wasRight ? 1 : 0)) {
      throw new KeyStoreError("pin-latched", "the device went silent when it was given this PIN");
    }
    this.#silentTries += 1;
    try {
      const answer = await send();
      this.#silentTries = 0;
      this.#wasRight = true;
      return answer;
    } catch (cause) {
      const { code } = asKeyStoreError(cause);
      if (!silences.includes(code)) this.#silentTries = 0;
      throw cause;
    }
  }

  #logIn(connection: DeviceConnection, hasPinPad: boolean, pin: Uint8Array | undefined): Promise<void> {
    if (pin !== undefined || !hasPinPad) return this.#answered(connection.login(pin));
    const late = (): KeyStoreError => deadlineExceeded("nobody typed the PIN");
    return this.#deps.watch.withinLong(connection.login(undefined), padMilliseconds, late);
  }

  #answered<Value>(answer: Promise<Value>): Promise<Value> {
    const late = (): KeyStoreError => deadlineExceeded("the device did not answer about its PIN");
    return this.#deps.watch.within(answer, this.#deps.deadlineMilliseconds, late);
  }
}
