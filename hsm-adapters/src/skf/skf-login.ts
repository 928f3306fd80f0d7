import type { DeviceEvent, PinStatus } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { SkfConnection } from "./skf-connection.ts";
import { readPinStatus, verifyPin } from "./skf-pin.ts";
import { testSignature } from "./skf-self-test.ts";

/** From here on a wrong PIN is worth telling somebody at once. */
const fewTries = 3;

/** Who is logged in, as far as this process knows: the application keeps it, and forgets it when the device is pulled out. */
export class SkfLogin {
  readonly #connection: SkfConnection;
  readonly #tell: (event: DeviceEvent) => void;
  #isLoggedIn = false;
  #isTested = false;

  constructor(connection: SkfConnection, tell: (event: DeviceEvent) => void) {
    this.#connection = connection;
    this.#tell = tell;
  }

  status(): PinStatus {
    return readPinStatus(this.#connection, this.#isLoggedIn);
  }

  /**
   * Tries the PIN once; at the first success signs once, to see whether the profile fits, and logs out again if it does not.
   *
   * @param pin overwritten.
   * @throws KeyStoreError as {@link verifyPin} and {@link testSignature} do; `pin-required`.
   */
  login(pin: Uint8Array | undefined): void {
    if (pin === undefined)
      throw new KeyStoreError("pin-required", "SKF devices have no PIN pad of their own");
    try {
      this.#connection.exclusively(() => {
        this.#verify(pin);
        this.#isLoggedIn = true;
        this.#testOnce();
      });
    } finally {
      // Also where the device was busy, and the PIN was not tried.
      pin.fill(0);
    }
  }

  #verify(pin: Uint8Array): void {
    try {
      verifyPin(this.#connection, pin);
    } catch (cause) {
      const left = cause instanceof KeyStoreError ? cause.facts.remainingTries : undefined;
      if (left !== undefined && left <= fewTries) this.#tell({ kind: "pin-low", remainingTries: left });
      throw cause;
    }
  }

  #testOnce(): void {
    try {
      this.#isTested ||= testSignature(this.#connection);
    } catch (cause) {
      this.logout();
      throw cause;
    }
  }

  /** Forgets the login here and on the device. */
  logout(): void {
    const { calls, application } = this.#connection;
    if (this.#isLoggedIn && calls.has("SKF_ClearSecureState"))
      calls.answer("SKF_ClearSecureState", application);
    this.#isLoggedIn = false;
  }

  /** The device forgot it. */
  forget(): void {
    this.#isLoggedIn = false;
  }
}
