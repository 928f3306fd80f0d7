import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import type { DeviceEvent, PinStatus } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { watchedControl } from "./control-file.ts";
import { FaultScript } from "./fault-script.ts";
import { PinTries } from "./pin-tries.ts";
import type { SimulatedBehaviour, SimulatedOperation } from "./simulated-fault.ts";
import { SimulatedKeys } from "./simulated-keys.ts";
import type { SimulatedKey } from "./simulated-keys.ts";
import type { SimulatorConfig } from "./simulator-config.ts";

/** What a test wants to know about the life of a simulated device in this process. */
export interface SimulatorStatistics {
  /** Made, right or wrong; more than were asked for if some were asked for again. */
  signatures: number;
  logins: number;
  generations: number;
  openSessions: number;
  mostOpenSessions: number;
  /** Uses of a session while it was in use. */
  overlaps: number;
  /** Uses of a session after an error that spoilt it. */
  usesAfterPoisoning: number;
}

/** How a simulated process dies. */
export type Crash = () => void;

const defaultPinTries = 5;

/** Everything that the sessions of one simulated device share. */
export class SimulatedState {
  readonly config: SimulatorConfig;
  readonly serial: string;
  readonly statistics: SimulatorStatistics;
  readonly keyFolder: SimulatedKeys;
  latencyMilliseconds: number;
  /** Sessions of another epoch are lost. */
  epoch = 0;
  /** Of this process: those of one before it, which may still be opening one, are gone with it. */
  openSessions = 0;
  isLoggedIn: boolean;
  tell: (event: DeviceEvent) => void = () => undefined;
  #isPresent = true;
  #isDead = false;
  #keys: ReadonlyMap<KeyUri, SimulatedKey>;
  readonly #forgotten = new Set<KeyUri>();
  readonly #signers = new Map<string, Signer>();
  readonly #script: FaultScript;
  readonly #tries: PinTries;
  readonly #readControl: ReturnType<typeof watchedControl>;
  readonly #crash: Crash;

  constructor(config: SimulatorConfig, statistics: SimulatorStatistics, crash: Crash) {
    this.config = config;
    this.serial = config.serial ?? "SIMULATED";
    this.statistics = statistics;
    this.countSessions(0);
    this.latencyMilliseconds = config.latencyMilliseconds ?? 0;
    this.keyFolder = new SimulatedKeys(config.folder, this.serial);
    this.#keys = this.keyFolder.read();
    this.#script = new FaultScript(config.folder, config.faults ?? []);
    this.#tries = new PinTries(config.folder, config.pinTries ?? defaultPinTries);
    this.#readControl = watchedControl(config.controlFile);
    this.#crash = crash;
    this.isLoggedIn = config.pin === undefined && config.hasPinPad !== true;
    this.obeyControl();
  }

  /** Looks whether somebody has changed the control file. */
  obeyControl(): void {
    const control = this.#readControl();
    if (control === undefined) return;
    if (control.latencyMilliseconds !== undefined) this.latencyMilliseconds = control.latencyMilliseconds;
    if (control.faults !== undefined) this.#script.add(control.faults);
    this.#setPresence(control.isPresent !== false);
  }

  count(operation: SimulatedOperation): SimulatedBehaviour | undefined {
    this.obeyControl();
    return this.#script.next(operation);
  }

  /** Counts an operation and lets happen what shall happen before it. */
  async meet(
    operation: SimulatedOperation,
    onError?: (poisons: boolean) => void,
  ): Promise<SimulatedBehaviour | undefined> {
    const behaviour = this.count(operation);
    if (behaviour?.kind === "slow") await pause(behaviour.milliseconds);
    else if (behaviour?.kind === "silence") await never();
    else if (behaviour?.kind === "crash") await this.#die();
    else if (behaviour !== undefined) this.#happen(behaviour, onError);
    if (this.#isDead) await never();
    this.checkPresence();
    return behaviour;
  }

  checkPresence(): void {
    if (this.#isPresent) return;
    throw vendorRefusal("device-removed", 0x32, "CKR_DEVICE_REMOVED");
  }

  checkLogin(): void {
    if (!this.isLoggedIn) throw vendorRefusal("login-lost", 0x101, "CKR_USER_NOT_LOGGED_IN");
  }

  keyFor(uri: KeyUri): SimulatedKey {
    const key = this.#keys.get(uri);
    if (key === undefined || this.#forgotten.has(uri)) {
      throw vendorRefusal("key-handle-stale", 0x60, "CKR_KEY_HANDLE_INVALID");
    }
    return key;
  }

  signerOf({ uri, pkcs8 }: SimulatedKey, algorithm: SignatureAlgorithmName): Signer {
    const name = `${algorithm} ${uri}`;
    const known = this.#signers.get(name);
    if (known !== undefined) return known;
    const signer = createSoftwareSigner(pkcs8, algorithm);
    this.#signers.set(name, signer);
    return signer;
  }

  /** As the device sees them: with new ones of other processes, unless it hides those. */
  keys(): ReadonlyMap<KeyUri, SimulatedKey> {
    if (this.config.hidesNewKeys !== true) this.#keys = this.keyFolder.read();
    this.#forgotten.clear();
    return this.#keys;
  }

  rereadKeys(): void {
    this.#keys = this.keyFolder.read();
    this.#forgotten.clear();
  }

  countSessions(change: number): void {
    this.openSessions += change;
    this.statistics.openSessions = this.openSessions;
    this.statistics.mostOpenSessions = Math.max(this.statistics.mostOpenSessions, this.openSessions);
  }

  dropSessions(): void {
    this.epoch += 1;
    this.countSessions(-this.openSessions);
  }

  pinStatus(): PinStatus {
    const { pin, hasPinPad = false, saysPinIsDefault = false } = this.config;
    const remainingTries = this.#tries.remaining();
    return {
      isNeeded: pin !== undefined || hasPinPad,
      isLoggedIn: this.isLoggedIn,
      isLocked: remainingTries === 0,
      isLastTry: remainingTries === 1,
      isDefault: saysPinIsDefault,
      remainingTries,
      hasPinPad,
    };
  }

  checkPin(pin: Uint8Array | undefined): void {
    const { pin: right, hasPinPad = false } = this.config;
    if (this.#tries.remaining() === 0) throw vendorRefusal("pin-locked", 0xa4, "CKR_PIN_LOCKED");
    if (pin === undefined && hasPinPad) return;
    if (pin === undefined) throw new KeyStoreError("pin-required", "the device has no pad to type a PIN on");
    const isRight = right === undefined || equalBytes(pin, utf8Of(right));
    pin.fill(0);
    if (isRight) {
      this.#tries.reset();
      return;
    }
    const remainingTries = this.#tries.spend();
    throw new KeyStoreError("pin-incorrect", "the PIN is wrong", {
      facts: {
        remainingTries,
        vendor: { family: "pkcs11", number: 0xa0, name: "CKR_PIN_INCORRECT", call: "C_Login" },
      },
    });
  }

  checkContextPin(key: SimulatedKey, pin: Uint8Array | undefined): void {
    if (key.alwaysAuthenticate) this.checkPin(pin);
  }

  #setPresence(isPresent: boolean): void {
    if (isPresent === this.#isPresent) return;
    this.#isPresent = isPresent;
    if (!isPresent) {
      this.dropSessions();
      this.isLoggedIn = this.config.pin === undefined && this.config.hasPinPad !== true;
    }
    this.tell({ kind: isPresent ? "inserted" : "removed" });
  }

  #happen(behaviour: SimulatedBehaviour, onError: ((poisons: boolean) => void) | undefined): void {
    const deeds: Partial<Record<SimulatedBehaviour["kind"], () => void>> = {
      "drop-sessions": () => {
        this.dropSessions();
      },
      "lose-login": () => (this.isLoggedIn = false),
      "forget-handles": () => {
        for (const uri of this.#keys.keys()) this.#forgotten.add(uri);
      },
    };
    deeds[behaviour.kind]?.();
    if (behaviour.kind === "block") standStill(behaviour.milliseconds);
    if (behaviour.kind === "remove") this.#remove(behaviour.milliseconds);
    if (behaviour.kind !== "error") return;
    onError?.(behaviour.poisons === true);
    const { code, vendor } = behaviour;
    throw new KeyStoreError(code, vendor?.name ?? "as the script says", {
      facts: vendor === undefined ? {} : { vendor },
    });
  }

  /** Where the process outlives it, because a test wants that, this call goes no further, and none that comes later. */
  #die(): Promise<never> {
    this.#isDead = true;
    this.#crash();
    return never();
  }

  #remove(milliseconds: number | undefined): void {
    this.#setPresence(false);
    if (milliseconds === undefined) return;
    setTimeout(() => {
      this.#setPresence(true);
    }, milliseconds).unref();
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function standStill(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

export function lostSession(number: number, name: string): KeyStoreError {
  return vendorRefusal("session-lost", number, name);
}

function vendorRefusal(
  code: "session-lost" | "login-lost" | "device-removed" | "key-handle-stale" | "pin-locked",
  number: number,
  name: string,
): KeyStoreError {
  return new KeyStoreError(code, name, {
    facts: { vendor: { family: "pkcs11", number, name, call: "simulated" } },
  });
}
