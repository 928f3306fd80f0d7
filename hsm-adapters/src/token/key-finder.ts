import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { DeviceConnection, DeviceKey, SigningMechanism } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyDescription, KeyUri } from "../key-store/index.ts";
import type { DeviceCaller } from "./device-caller.ts";
import type { Refreshing } from "./refreshing.ts";
import type { KeyTable } from "./key-table.ts";

export interface KeyFinderDeps {
  readonly caller: DeviceCaller;
  readonly keys: KeyTable;
  readonly refreshing: Refreshing;
}

/** Finds keys by their URI, also ones that another process made a moment ago. */
export class KeyFinder {
  readonly #deps: KeyFinderDeps;

  constructor(deps: KeyFinderDeps) {
    this.#deps = deps;
  }

  /** @throws KeyStoreError `key-not-found`, also after the device was refreshed; what a device says. */
  async find(uri: KeyUri): Promise<DeviceKey> {
    const found = await this.#look(uri);
    if (found !== undefined) return found;
    const isRefreshed = await this.#deps.refreshing.unlessFresh();
    const second = isRefreshed ? await this.#look(uri) : undefined;
    if (second !== undefined) return second;
    throw keyNotFound(uri);
  }

  /** What this connection has already said. */
  knownOn(connection: DeviceConnection, uri: KeyUri): DeviceKey | undefined {
    return this.#deps.keys.known(connection, uri);
  }

  /** Whatever was known of the key is asked again. */
  forget(uri: KeyUri): void {
    this.#deps.keys.forget(uri);
  }

  /** Asks this connection. Never refreshes, since the caller may hold a session. */
  async findOn(connection: DeviceConnection, uri: KeyUri): Promise<DeviceKey> {
    const key = await this.#deps.caller.answered(connection, connection.findKey(uri));
    // Told apart from a key that was never there: a refresh may find it.
    if (key === undefined) throw new KeyStoreError("key-handle-stale", "the device does not find the key");
    this.#deps.keys.remember(connection, key);
    return key;
  }

  #look(uri: KeyUri): Promise<DeviceKey | undefined> {
    return this.#deps.caller.call(async (connection) => {
      const known = this.#deps.keys.known(connection, uri);
      if (known !== undefined) return known;
      const key = await connection.findKey(uri);
      if (key !== undefined) this.#deps.keys.remember(connection, key);
      return key;
    });
  }
}

/** @throws KeyStoreError `algorithm-not-supported`, with what the key can do. */
export function mechanismFor(
  { uri, mechanisms }: DeviceKey,
  algorithm: SignatureAlgorithmName | undefined,
): SigningMechanism {
  const found =
    algorithm === undefined ? mechanisms[0] : mechanisms.find((row) => row.algorithm === algorithm);
  if (found !== undefined) return found;
  const supported = mechanisms.map((row) => row.algorithm);
  throw new KeyStoreError("algorithm-not-supported", `${uri} does not sign by ${algorithm ?? "any row"}`, {
    facts: { uri, supported },
  });
}

/** Undefined for a key that does not sign. */
export function descriptionOf({
  uri,
  label,
  publicKey,
  attributes,
  mechanisms,
}: DeviceKey): KeyDescription | undefined {
  const [own] = mechanisms;
  return own && { uri, label, algorithm: own.algorithm, publicKey, attributes };
}

export function keyNotFound(uri: KeyUri): KeyStoreError {
  return new KeyStoreError("key-not-found", `the device has no key ${uri}`, { facts: { uri } });
}
