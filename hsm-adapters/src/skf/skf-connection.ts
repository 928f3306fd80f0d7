import { KeyStoreError } from "../key-store/index.ts";
import type { DeviceDescription } from "../device-profile/index.ts";
import type { NativeValue } from "../native/index.ts";
import { findApplication, listNames } from "./find-application.ts";
import type { FoundApplication } from "./find-application.ts";
import { openHandle } from "./skf-calls.ts";
import type { SkfCalls, SkfFunctionName, SkfHandle } from "./skf-calls.ts";
import type { SkfConfig } from "./skf-config.ts";
import { terminated } from "./skf-names.ts";

/** What SKF_GetDevState says of a device that is plugged in (GM/T 0016-2012 §7.1.7). */
const present = 1;

/**
 * The handles of one device and one application of it. They die when the device is pulled out; the connection notices that from what the
 * library answers, and is opened anew by {@link SkfConnection.reopen}.
 */
export class SkfConnection {
  readonly calls: SkfCalls;
  readonly config: SkfConfig;
  readonly #containers = new Map<string, SkfHandle>();
  #found: FoundApplication;
  #areHandlesOpen = true;
  #isLost = false;

  private constructor(calls: SkfCalls, config: SkfConfig, found: FoundApplication) {
    this.calls = calls;
    this.config = config;
    this.#found = found;
  }

  /** @throws KeyStoreError `token-not-found` with what was seen; `profile-wrong`; what the device answers. */
  static open(calls: SkfCalls, config: SkfConfig): SkfConnection {
    return new SkfConnection(calls, config, findApplication(calls, config));
  }

  get device(): SkfHandle {
    return this.#found.device;
  }
  get application(): SkfHandle {
    return this.#found.application;
  }
  get description(): DeviceDescription {
    return this.#found.description;
  }
  get applicationName(): string {
    return this.#found.applicationName;
  }

  /** @throws KeyStoreError what the device answers; after a removal the handles are dead. */
  call(name: SkfFunctionName, ...values: readonly NativeValue[]): void {
    this.noticeLoss(() => {
      this.calls.call(name, ...values);
    });
  }

  /** Runs calls, and remembers if one of them says that the handles are dead. */
  noticeLoss<Value>(body: () => Value): Value {
    try {
      return body();
    } catch (cause) {
      const isLoss =
        cause instanceof KeyStoreError && ["device-removed", "session-lost"].includes(cause.code);
      if (isLoss) this.#isLost = true;
      throw cause;
    }
  }

  /** With the device to itself, where another program uses it too. @throws KeyStoreError `device-busy`. */
  exclusively<Value>(body: () => Value): Value {
    if (!this.config.isShared || !this.calls.has("SKF_LockDev")) return body();
    this.call("SKF_LockDev", this.device, this.config.lockMilliseconds);
    try {
      return body();
    } finally {
      this.calls.answer("SKF_UnlockDev", this.device);
    }
  }

  /** Whether it is plugged in; a library without the call is taken at its word in the next one. */
  isPresent(): boolean {
    if (!this.calls.has("SKF_GetDevState")) return !this.#isLost;
    const state = new Uint8Array(8);
    const name = terminated(this.#found.deviceName);
    return this.calls.answer("SKF_GetDevState", name, state) === 0 && state[0] === present;
  }

  /** @throws KeyStoreError `device-removed`, `session-lost`. */
  checkAlive(): void {
    if (!this.isPresent()) {
      this.#isLost = true;
      throw new KeyStoreError("device-removed", "SKF_GetDevState says that the device is not there");
    }
    if (this.#isLost)
      throw new KeyStoreError("session-lost", "the device was away, and its handles are dead");
  }

  /** The handle of a container, opened once. @throws KeyStoreError `key-not-found`, what the device answers. */
  openContainer(name: Uint8Array): SkfHandle {
    const key = keyOf(name);
    const open =
      this.#containers.get(key) ??
      this.noticeLoss(() => openHandle(this.calls, "SKF_OpenContainer", this.application, terminated(name)));
    this.#containers.set(key, open);
    return open;
  }

  /** Makes a container. @throws KeyStoreError `key-exists`, what the device answers. */
  createContainer(name: Uint8Array): SkfHandle {
    const made = this.noticeLoss(() =>
      openHandle(this.calls, "SKF_CreateContainer", this.application, terminated(name)),
    );
    this.#containers.set(keyOf(name), made);
    return made;
  }

  /** Forgets the handle of a container that is gone, or whose handle the device does not know any more. */
  forgetContainer(name: Uint8Array): void {
    const handle = this.#containers.get(keyOf(name));
    this.#containers.delete(keyOf(name));
    if (handle !== undefined) this.calls.answer("SKF_CloseContainer", handle);
  }

  /** The names of all containers. */
  listContainers(): readonly Uint8Array[] {
    return this.noticeLoss(() => listNames(this.calls, "SKF_EnumContainer", this.application));
  }

  /** What was seen to be gone is opened anew before it is used again. */
  markLost(): void {
    this.#isLost = true;
  }

  /** @returns whether it was lost. @throws KeyStoreError as {@link SkfConnection.reopen} does. */
  reopenIfLost(): boolean {
    if (!this.#isLost) return false;
    this.reopen();
    return true;
  }

  /**
   * Closes what is open and looks for the device again; whoever was logged in is not any more.
   *
   * @throws KeyStoreError `device-removed` while no such device is there, or another one in its place.
   */
  reopen(): void {
    const { serial } = this.description;
    this.close();
    this.#isLost = true;
    this.#found = findAgain(this.calls, this.config, serial);
    this.#areHandlesOpen = true;
    this.#isLost = false;
  }

  /** Handles may be dead: what the library says to their end does not matter. */
  close(): void {
    for (const container of this.#containers.values()) this.calls.answer("SKF_CloseContainer", container);
    this.#containers.clear();
    if (!this.#areHandlesOpen) return;
    this.#areHandlesOpen = false;
    this.calls.answer("SKF_CloseApplication", this.application);
    this.calls.answer("SKF_DisConnectDev", this.device);
  }
}

function findAgain(calls: SkfCalls, config: SkfConfig, serial: string): FoundApplication {
  try {
    return findApplication(calls, config, serial);
  } catch (cause) {
    if (!(cause instanceof KeyStoreError) || cause.code !== "token-not-found") throw cause;
    throw new KeyStoreError("device-removed", cause.message, { cause, facts: cause.facts });
  }
}

/** Octets as the key of a map. */
function keyOf(name: Uint8Array): string {
  return name.join(",");
}
