import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import type { KeyUri } from "./key-uri.ts";

/** What may be known about a key by anybody who may use the store. */
export interface KeyDescription {
  readonly uri: KeyUri;
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

/**
 * A device or folder that holds private keys and never gives them up.
 *
 * All methods may be called concurrently; an adapter for a device with a single session queues them. After `close` every
 * method but `close`, and every signer that the store gave, rejects with KeyStoreError `key-store-closed`. Any rejection
 * that is not a KeyStoreError is a fault of the device or the file system.
 */
export interface KeyStore {
  /**
   * Opens the key named by `uri` for signing. Its secret, a passphrase or a PIN, was given when the store was opened.
   *
   * @throws KeyStoreError `key-not-found`; `key-uri-malformed`; `key-file-damaged` or `key-file-permissions` if the key
   *   is there and must not be used.
   */
  signer(uri: KeyUri): Promise<Signer>;
  /**
   * Every key, in the order of their URIs; public parts only. A key that could not be opened is not passed over.
   *
   * @throws KeyStoreError `key-file-damaged` or `key-file-permissions`, naming the key.
   */
  list(): Promise<readonly KeyDescription[]>;
  /** Absent means that this store cannot make keys. */
  readonly generation?: KeyGeneration;
  /** Forgets all secrets. Closing twice is allowed. */
  close(): Promise<void>;
}

/** Making keys inside the store. */
export interface KeyGeneration {
  /**
   * Makes a key pair; it is durable once this resolves, and a crash before leaves either the whole key or none.
   *
   * @throws KeyStoreError `key-exists`, and the key that is there is untouched; `algorithm-not-supported`;
   *   `key-uri-malformed`.
   */
  generate(request: {
    readonly uri: KeyUri;
    readonly algorithm: SignatureAlgorithmName;
  }): Promise<KeyDescription>;
}
