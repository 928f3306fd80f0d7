import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import { checkKeyLabel, fileKeyUri, KeyStoreError, labelOfKeyUri, parseKeyUri } from "../key-store/index.ts";
import type {
  CertificateStorage,
  KeyDecryption,
  KeyDescription,
  KeyDestruction,
  KeyGeneration,
  KeyImporting,
  KeyStore,
  KeyStoreHealth,
  KeyUri,
} from "../key-store/index.ts";
import {
  createPrivateFile,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
} from "../private-files/index.ts";
import { verifyInProcess } from "../verifier/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";
import { checkCertificateOfKey } from "./certificate-files.ts";
import { generateKeyPairFor } from "./generate-key-pair.ts";
import { decryptorOf, guardedDecryptor } from "./guarded-decryptor.ts";
import { encodeKeyFile, isKnownAlgorithm, openKeyFile } from "./key-file.ts";
import type { KeyToWrite, OpenKey } from "./key-file.ts";
import { openMasterKey } from "./master-key.ts";
import { provenPublicKey } from "./proven-public-key.ts";
import { releasedSigner } from "./released-signer.ts";
import type { MasterKey } from "./sealed-json.ts";
import type { StoreCipherName } from "./store-cipher.ts";

export interface EncryptedFileKeyStoreOptions {
  /** Made, with mode 0700, if it is missing. */
  readonly folder: string;
  /** The caller may overwrite it once the store is open. */
  readonly passphrase: Uint8Array;
  /** For salts and nonces: must never repeat, in any process. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** For a store that is not there yet; one that is there says itself. AES-256-GCM if absent. */
  readonly cipher?: StoreCipherName;
  /** Verifies each signature before it leaves; in this thread if absent. The store does not close it. */
  readonly verifier?: SignatureVerifier;
}

const keyFileSuffix = ".key.json";
const certificateSuffix = ".certificate.der";

/**
 * Opens a folder of encrypted keys, or makes a new store of a folder that is missing or empty. Takes about a tenth of a
 * second, which is what trying a passphrase costs.
 *
 * @throws KeyStoreError `passphrase-wrong`, also for an empty one; `key-file-permissions` if group or others may touch the folder or a file;
 *   `key-file-damaged` if `store.json` is malformed or lost.
 */
export async function openEncryptedFileKeyStore(options: EncryptedFileKeyStoreOptions): Promise<KeyStore> {
  const { cipher = "aes-256-gcm" } = options;
  return new EncryptedFileKeyStore(options, await openMasterKey({ ...options, cipher }));
}

/** Whether the key that a signer was given for is still the one under its label. */
interface KeyLife {
  isOver: boolean;
}

class EncryptedFileKeyStore implements KeyStore {
  readonly #folder: string;
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #verifier: SignatureVerifier;
  /** Of keys that signers were given for, by label. */
  readonly #lives = new Map<string, KeyLife>();
  readonly #outcomes = { signed: 0, failed: 0 };
  /** Absent once closed. */
  #masterKey: MasterKey | undefined;

  constructor(options: EncryptedFileKeyStoreOptions, masterKey: MasterKey) {
    this.#folder = options.folder;
    this.#randomBytes = options.randomBytes;
    this.#verifier = options.verifier ?? verifyInProcess;
    this.#masterKey = masterKey;
  }

  async signer(uri: KeyUri, algorithm?: SignatureAlgorithmName): Promise<Signer> {
    const label = this.#labelOf(uri);
    const signer = await this.#open(label, (key) => key.signer, algorithm);
    return releasedSigner(signer, {
      uri,
      verifier: this.#verifier,
      refuseIfGone: this.#guardOf(label),
      count: (outcome) => {
        this.#outcomes[outcome] += 1;
      },
    });
  }

  async list(): Promise<readonly KeyDescription[]> {
    this.#openMasterKey();
    const names = await readdir(this.#folder);
    const labels = names
      .filter((name) => name.endsWith(keyFileSuffix))
      .map((name) => name.slice(0, -keyFileSuffix.length));
    return Promise.all(labels.sort().map((label) => this.#open(label, (key) => descriptionOf(label, key))));
  }

  async refresh(): Promise<void> {
    // The folder is read anew each time.
    await Promise.resolve(this.#openMasterKey());
  }

  health(): Promise<KeyStoreHealth> {
    const { signed, failed } = this.#outcomes;
    return Promise.resolve({
      state: this.#masterKey === undefined ? "closed" : "ready",
      device: `encrypted files in ${this.#folder}`,
      counters: { signatures: signed, failures: failed, retries: 0, evictedSessions: 0, hostRestarts: 0 },
    });
  }

  readonly generation: KeyGeneration = {
    generate: async ({ label, algorithm }) => {
      this.#refuseRequest(label, algorithm);
      const { pkcs8, spki } = await generateKeyPairFor(algorithm);
      return this.#write({ label, algorithm, origin: "generated", publicKey: spki, pkcs8 });
    },
  };

  readonly importing: KeyImporting = {
    import: async ({ label, algorithm, pkcs8 }) => {
      this.#refuseRequest(label, algorithm);
      const publicKey = await provenPublicKey(pkcs8, algorithm, this.#verifier);
      // A copy, since the caller's own is overwritten by the caller.
      return this.#write({ label, algorithm, origin: "imported", publicKey, pkcs8: Uint8Array.from(pkcs8) });
    },
  };

  readonly destruction: KeyDestruction = {
    destroy: async (uri) => {
      const label = this.#labelOf(uri);
      this.#openMasterKey();
      // The certificate first: a crash in between must not leave one for whoever takes the label next.
      await removePrivateFile(this.#pathOf(label, certificateSuffix));
      const wasThere = await removePrivateFile(this.#pathOf(label, keyFileSuffix));
      const life = this.#lives.get(label);
      if (life !== undefined) life.isOver = true;
      this.#lives.delete(label);
      if (!wasThere) throw notFound(label);
    },
  };

  readonly certificates: CertificateStorage = {
    read: async (uri) => {
      const label = this.#labelOf(uri);
      const publicKey = await this.#open(label, ({ signer }) => signer.publicKey);
      const certificate = await readPrivateFile(this.#pathOf(label, certificateSuffix));
      if (certificate !== undefined) checkCertificateOfKey(certificate, publicKey, label);
      return certificate;
    },
    write: async (uri, certificate) => {
      const label = this.#labelOf(uri);
      const publicKey = await this.#open(label, ({ signer }) => signer.publicKey);
      checkCertificateOfKey(certificate, publicKey, label);
      await replacePrivateFile(this.#pathOf(label, certificateSuffix), certificate, this.#randomBytes);
    },
  };

  readonly decryption: KeyDecryption = {
    decryptor: async (uri) => {
      const label = this.#labelOf(uri);
      const decryptor = await this.#open(label, (_, pkcs8) => decryptorOf(label, pkcs8));
      return guardedDecryptor(decryptor, this.#guardOf(label));
    },
  };

  close(): Promise<void> {
    this.#masterKey?.key.fill(0);
    this.#masterKey = undefined;
    return Promise.resolve();
  }

  #refuseRequest(label: string, algorithm: SignatureAlgorithmName): void {
    this.#openMasterKey();
    checkKeyLabel(label);
    if (isKnownAlgorithm(algorithm)) return;
    throw new KeyStoreError("algorithm-not-supported", `no keys are made for ${String(algorithm)}`);
  }

  async #write(key: KeyToWrite): Promise<KeyDescription> {
    const { label } = key;
    try {
      const file = encodeKeyFile(this.#openMasterKey(), this.#randomBytes, key);
      if (await createPrivateFile(this.#pathOf(label, keyFileSuffix), file, this.#randomBytes)) {
        return await this.#open(label, (opened) => descriptionOf(label, opened));
      }
    } finally {
      key.pkcs8.fill(0);
    }
    const uri = fileKeyUri(label);
    throw new KeyStoreError("key-exists", `there is already a key ${label}`, { facts: { uri } });
  }

  async #open<Result>(
    label: string,
    use: (key: OpenKey, pkcs8: Uint8Array) => Result,
    algorithm?: SignatureAlgorithmName,
  ): Promise<Result> {
    this.#openMasterKey();
    const bytes = await readPrivateFile(this.#pathOf(label, keyFileSuffix));
    if (bytes === undefined) throw notFound(label);
    return openKeyFile(this.#openMasterKey(), label, bytes, use, algorithm);
  }

  /** Throws from the moment on in which the store is closed or this key destroyed. */
  #guardOf(label: string): () => void {
    const life = this.#lives.get(label) ?? { isOver: false };
    this.#lives.set(label, life);
    return () => {
      this.#openMasterKey();
      if (life.isOver) throw notFound(label);
    };
  }

  #openMasterKey(): MasterKey {
    if (this.#masterKey === undefined)
      throw new KeyStoreError("key-store-closed", "the key store was closed");
    return this.#masterKey;
  }

  /** A URI of another family is no fault: its key is just not here. */
  #labelOf(uri: KeyUri): string {
    if (parseKeyUri(uri).startsWith("file:")) return labelOfKeyUri(uri);
    throw new KeyStoreError("key-not-found", `${uri} is not in a folder of files`, { facts: { uri } });
  }

  #pathOf(label: string, suffix: string): string {
    return join(this.#folder, `${label}${suffix}`);
  }
}

function descriptionOf(label: string, { signer, origin }: OpenKey): KeyDescription {
  const { algorithm, publicKey } = signer;
  // Nothing is said about taking the key out: whoever has folder and passphrase can.
  const attributes = { local: origin === "generated" };
  return { uri: fileKeyUri(label), label, algorithm, publicKey, attributes };
}

function notFound(label: string): KeyStoreError {
  return new KeyStoreError("key-not-found", `there is no key ${label}`, {
    facts: { uri: fileKeyUri(label) },
  });
}
