import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import { fileKeyUri, KeyStoreError, labelOfKeyUri } from "../key-store/index.ts";
import type { KeyDescription, KeyGeneration, KeyStore, KeyUri } from "../key-store/index.ts";
import { encodeKeyFile, isKnownAlgorithm, openKeyFile } from "./key-file.ts";
import { openMasterKey } from "./master-key.ts";
import { createPrivateFile, readPrivateFile } from "./private-files.ts";

export interface EncryptedFileKeyStoreOptions {
  /** Made, with mode 0700, if it is missing. */
  readonly folder: string;
  /** The caller may overwrite it once the store is open. */
  readonly passphrase: Uint8Array;
  /** For salts and nonces: must never repeat, in any process. */
  readonly randomBytes: (length: number) => Uint8Array;
}

const keyFileSuffix = ".key.json";

/**
 * Opens a folder of encrypted keys, or makes a new store of a folder that is missing or empty. Takes about a tenth of a
 * second, which is what trying a passphrase costs.
 *
 * @throws KeyStoreError `passphrase-wrong`, also for an empty one; `key-file-permissions` if group or others may touch the folder or a file;
 *   `key-file-damaged` if `store.json` is malformed or lost.
 */
export async function openEncryptedFileKeyStore(options: EncryptedFileKeyStoreOptions): Promise<KeyStore> {
  return new EncryptedFileKeyStore(options, await openMasterKey(options));
}

class EncryptedFileKeyStore implements KeyStore {
  readonly #folder: string;
  readonly #randomBytes: (length: number) => Uint8Array;
  /** Absent once closed. */
  #masterKey: Uint8Array | undefined;

  constructor({ folder, randomBytes }: EncryptedFileKeyStoreOptions, masterKey: Uint8Array) {
    this.#folder = folder;
    this.#randomBytes = randomBytes;
    this.#masterKey = masterKey;
  }

  async signer(uri: KeyUri): Promise<Signer> {
    const signer = await this.#open(labelOfKeyUri(uri));
    return {
      algorithm: signer.algorithm,
      publicKey: signer.publicKey,
      inputs: signer.inputs,
      sign: async (input) => {
        // A signer must not outlive the store it came from.
        this.#openMasterKey();
        return signer.sign(input);
      },
    };
  }

  async list(): Promise<readonly KeyDescription[]> {
    this.#openMasterKey();
    const names = await readdir(this.#folder);
    const labels = names
      .filter((name) => name.endsWith(keyFileSuffix))
      .map((name) => name.slice(0, -keyFileSuffix.length));
    return Promise.all(
      labels.sort().map(async (label) => {
        const { algorithm, publicKey } = await this.#open(label);
        return { uri: fileKeyUri(label), algorithm, publicKey };
      }),
    );
  }

  readonly generation: KeyGeneration = {
    generate: async ({ uri, algorithm }) => {
      const label = labelOfKeyUri(uri);
      const masterKey = this.#openMasterKey();
      if (!isKnownAlgorithm(algorithm)) {
        throw new KeyStoreError("algorithm-not-supported", `no keys are made for ${String(algorithm)}`);
      }
      const { pkcs8, spki } = generateKey(algorithm);
      const file = encodeKeyFile(masterKey, this.#randomBytes, { label, algorithm, publicKey: spki, pkcs8 });
      pkcs8.fill(0);
      if (!(await createPrivateFile(this.#pathOf(label), file, this.#randomBytes))) {
        throw new KeyStoreError("key-exists", `there is already a key ${label}`);
      }
      return { uri, algorithm, publicKey: spki };
    },
  };

  close(): Promise<void> {
    this.#masterKey?.fill(0);
    this.#masterKey = undefined;
    return Promise.resolve();
  }

  async #open(label: string): Promise<Signer> {
    this.#openMasterKey();
    const bytes = await readPrivateFile(this.#pathOf(label));
    if (bytes === undefined) throw new KeyStoreError("key-not-found", `there is no key ${label}`);
    return openKeyFile(this.#openMasterKey(), label, bytes);
  }

  #openMasterKey(): Uint8Array {
    if (this.#masterKey === undefined)
      throw new KeyStoreError("key-store-closed", "the key store was closed");
    return this.#masterKey;
  }

  #pathOf(label: string): string {
    return join(this.#folder, `${label}${keyFileSuffix}`);
  }
}
