import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { base64Of, bytesOfBase64, hexOf } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";

import { writeKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";

/** A key with everything, since nothing is guarded here. */
export interface SimulatedKey {
  readonly uri: KeyUri;
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: Uint8Array;
  readonly pkcs8: Uint8Array;
  readonly isLocal: boolean;
  readonly alwaysAuthenticate: boolean;
}

interface KeyFile {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: string;
  readonly pkcs8: string;
  readonly isLocal: boolean;
  readonly alwaysAuthenticate: boolean;
}

/** The keys of one simulated device, a file each, so that several processes see the same. */
export class SimulatedKeys {
  readonly #folder: string;
  readonly #serial: string;

  constructor(folder: string, serial: string) {
    this.#folder = join(folder, "keys");
    this.#serial = serial;
    mkdirSync(this.#folder, { recursive: true });
  }

  read(): ReadonlyMap<KeyUri, SimulatedKey> {
    const files = readdirSync(this.#folder).filter((name) => name.endsWith(".json"));
    return new Map(
      files.map((name) => {
        const key = this.#keyOf(JSON.parse(readFileSync(join(this.#folder, name), "utf8")) as KeyFile);
        return [key.uri, key];
      }),
    );
  }

  /** Keeps a key; the same key twice is one key. */
  add(key: Omit<SimulatedKey, "uri">): SimulatedKey {
    if (!signatureAlgorithmNames.includes(key.algorithm)) throw new RangeError("an unknown row");
    const file: KeyFile = {
      ...key,
      publicKey: base64Of(key.publicKey),
      pkcs8: base64Of(key.pkcs8),
    };
    const path = this.#pathOf(key.publicKey);
    writeFileSync(`${path}.new`, JSON.stringify(file), { mode: 0o600 });
    // A link is there whole or not at all.
    linkSync(`${path}.new`, path);
    rmSync(`${path}.new`);
    return this.#keyOf(file);
  }

  remove({ publicKey }: SimulatedKey): void {
    rmSync(this.#pathOf(publicKey));
  }

  #keyOf(file: KeyFile): SimulatedKey {
    const publicKey = bytesOfBase64(file.publicKey);
    return {
      ...file,
      publicKey,
      pkcs8: bytesOfBase64(file.pkcs8),
      uri: writeKeyUri("simulator", { serial: this.#serial, id: idOf(publicKey) }),
    };
  }

  #pathOf(publicKey: Uint8Array): string {
    return join(this.#folder, `${hexOf(idOf(publicKey))}.json`);
  }
}

function idOf(publicKey: Uint8Array): Uint8Array {
  return digest("SHA-256", publicKey).subarray(0, 20);
}
