import type { DeviceConnection, DeviceKey } from "../driver/index.ts";
import type { KeyUri } from "../key-store/index.ts";

/** What is known of the keys behind one connection: asked once, forgotten when anything may have changed. */
export class KeyTable {
  readonly #keys = new Map<KeyUri, DeviceKey>();
  #connection: DeviceConnection | undefined;

  /** Undefined if this connection was not asked for it yet, or does not have it. */
  known(connection: DeviceConnection, uri: KeyUri): DeviceKey | undefined {
    return this.#connection === connection ? this.#keys.get(uri) : undefined;
  }

  remember(connection: DeviceConnection, key: DeviceKey): void {
    if (this.#connection !== connection) this.#keys.clear();
    this.#connection = connection;
    this.#keys.set(key.uri, key);
  }

  forget(uri: KeyUri): void {
    this.#keys.delete(uri);
  }

  forgetAll(): void {
    this.#keys.clear();
  }
}
