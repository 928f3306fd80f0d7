import { parsePublicKey } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { DerError } from "@yinxin/crypto/der";

import type { DeviceConnection, DeviceKey, SigningMechanism } from "../driver/index.ts";
import { KeyStoreError, readKeyUri } from "../key-store/index.ts";
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

  /** @throws KeyStoreError `key-not-found`, also after the device was refreshed; `pin-required` or `pin-latched` if it may be hidden; what a device says. */
  async find(uri: KeyUri): Promise<DeviceKey> {
    const found = await this.#look(uri);
    if (found !== undefined) return found;
    const isRefreshed = await this.#deps.refreshing.unlessFresh();
    const second = isRefreshed ? await this.#look(uri) : undefined;
    if (second !== undefined) return second;
    await this.#deps.caller.call((connection) => this.#deps.caller.refuseHiding(connection));
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
    checkAnswer(uri, key);
    this.#deps.keys.remember(connection, key);
    return key;
  }

  #look(uri: KeyUri): Promise<DeviceKey | undefined> {
    return this.#deps.caller.call(async (connection) => {
      const known = this.#deps.keys.known(connection, uri);
      if (known !== undefined) return known;
      const key = await connection.findKey(uri);
      if (key === undefined) return undefined;
      checkAnswer(uri, key);
      this.#deps.keys.remember(connection, key);
      return key;
    });
  }
}

/** A driver that mixes up its keys must not make a caller use another than it named. @throws KeyStoreError `self-check-failed`. */
function checkAnswer(uri: KeyUri, key: DeviceKey): void {
  if (key.uri !== uri && placeOf(key.uri) !== placeOf(uri)) {
    throw unfit(uri, `the device was asked for ${uri} and answered with ${key.uri}`);
  }
  try {
    parsePublicKey(key.publicKey);
  } catch (cause) {
    if (!(cause instanceof DerError || cause instanceof RangeError)) throw cause;
    throw unfit(uri, "the device says a public key that is none");
  }
}

/** What the URI says besides the serial number, of which some cards have several. */
function placeOf(uri: KeyUri): string {
  const { scheme, attributes } = readKeyUri(uri);
  return [
    scheme,
    ...[...attributes]
      .filter(([name]) => name !== "serial")
      .flat()
      .map(String),
  ].join(" ");
}

function unfit(uri: KeyUri, message: string): KeyStoreError {
  return new KeyStoreError("self-check-failed", message, { facts: { uri } });
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
