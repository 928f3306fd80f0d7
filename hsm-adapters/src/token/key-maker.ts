import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";

import type { DeviceConnection, DeviceKey, GenerateRequest } from "../driver/index.ts";
import { checkKeyLabel, KeyStoreError, parseKeyUri } from "../key-store/index.ts";
import type { KeyDescription, KeyUri } from "../key-store/index.ts";
import type { DeviceCaller } from "./device-caller.ts";
import type { DeviceSupervisor } from "./device-supervisor.ts";
import { descriptionOf } from "./key-finder.ts";

export interface KeyMakerDeps {
  readonly caller: DeviceCaller;
  readonly supervisor: DeviceSupervisor;
  /** @throws KeyStoreError `key-store-closed`. */
  readonly checkOpen: () => void;
}

/** Makes, takes in and destroys keys: one after the other, and each once. */
export class KeyMaker {
  readonly #deps: KeyMakerDeps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: KeyMakerDeps) {
    this.#deps = deps;
  }

  generate(request: GenerateRequest): Promise<KeyDescription> {
    return this.#add(request, (connection) => connection.generateKey(request));
  }

  import(request: GenerateRequest & { readonly pkcs8: Uint8Array }): Promise<KeyDescription> {
    // A copy, because whoever sends it overwrites it, and it is the caller's.
    return this.#add(request, (connection) =>
      connection.importKey({ ...request, pkcs8: request.pkcs8.slice() }),
    );
  }

  destroy(uri: KeyUri): Promise<void> {
    return this.#alone(async () => {
      const known = parseKeyUri(uri);
      await this.#deps.caller.change((connection) => connection.destroyKey(known));
      this.#deps.supervisor.forgetKey(known);
    });
  }

  #add(
    { label, algorithm }: GenerateRequest,
    make: (connection: DeviceConnection) => Promise<DeviceKey>,
  ): Promise<KeyDescription> {
    return this.#alone(async () => {
      checkKeyLabel(label);
      this.#checkAlgorithm(algorithm);
      // Devices let keys share a label; and after an attempt whose outcome nobody knows, the key may be there.
      const there = await this.#deps.caller.call((connection) => connection.listKeys());
      if (there.some((key) => key.label === label)) {
        throw new KeyStoreError("key-exists", `there is already a key ${label}`);
      }
      const made = descriptionOf(await this.#deps.caller.change(make));
      if (made !== undefined) return made;
      throw new KeyStoreError("self-check-failed", "the device made a key that it cannot sign with");
    });
  }

  #checkAlgorithm(algorithm: GenerateRequest["algorithm"]): void {
    const supported = this.#deps.supervisor.device?.generates ?? signatureAlgorithmNames;
    if (supported.includes(algorithm)) return;
    throw new KeyStoreError("algorithm-not-supported", `the device makes no keys for ${algorithm}`, {
      facts: { supported },
    });
  }

  #alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const run = async (): Promise<Value> => {
      this.#deps.checkOpen();
      return work();
    };
    const result = this.#last.then(run, run);
    this.#last = result;
    return result;
  }
}
