import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Decryptor } from "@yinxin/crypto/enveloped";
import type { Signer } from "@yinxin/crypto/signer";

import type { KeyUri } from "./key-uri-scheme.ts";

/** What may be known about a key by anybody who may use the store. */
export interface KeyDescription {
  readonly uri: KeyUri;
  /** The name a person gave it; not unique on every device, so never an identity. */
  readonly label: string;
  /** The row that the key signs by unless the caller asks for another. */
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** What the device says about the private key; a member is absent where the device does not say. */
  readonly attributes: KeyAttributes;
}

/** PKCS#11 v2.40 §4.9 names these; the other families have fewer. */
export interface KeyAttributes {
  /** Made inside the device. */
  readonly local?: boolean;
  readonly extractable?: boolean;
  readonly neverExtractable?: boolean;
  readonly alwaysSensitive?: boolean;
  /** The PIN is asked for at every signature. */
  readonly alwaysAuthenticate?: boolean;
}

/**
 * A device or folder that holds private keys and never gives them up.
 *
 * All methods may be called concurrently; an adapter for a device with few sessions queues them, within bounds. After
 * `close` every method but `close`, and every signer that the store gave, rejects with KeyStoreError `key-store-closed`. Every refusal is a
 * KeyStoreError with a code of the closed set; any other rejection is a fault of ours.
 */
export interface KeyStore {
  /**
   * Opens the key named by `uri` for signing. Its secret, a passphrase or a PIN, was given when the store was opened.
   * Every signature that leaves was verified in software with the key's public key.
   *
   * @param algorithm for keys that can sign by several rows (RSA); the key's own row if absent.
   * @throws KeyStoreError `key-not-found`; `key-uri-malformed`; `algorithm-not-supported`; `key-file-damaged` or
   *   `key-file-permissions` if the key is there and must not be used; what a device says.
   */
  signer(uri: KeyUri, algorithm?: SignatureAlgorithmName): Promise<Signer>;
  /**
   * Every key, in the order of their URIs; public parts only. A key that could not be opened is not passed over.
   *
   * @throws KeyStoreError `key-file-damaged` or `key-file-permissions`, naming the key; `pin-required` or `pin-latched` if the device
   *   hides keys because nobody is logged in; what a device says.
   */
  list(): Promise<readonly KeyDescription[]>;
  /**
   * Keys in devices behind this store that are not its own and should not be there; they are in no list. Absent where a store's list
   * has everything, or where devices are shared with others.
   */
  readonly foreignKeys?: (() => Promise<readonly KeyDescription[]>) | undefined;
  /** Makes keys and tokens visible that others made since; a store that always looks does nothing. */
  refresh(): Promise<void>;
  /** What this store is, and whether it can sign now. Never rejects. */
  health(): Promise<KeyStoreHealth>;
  /** Absent means that this store cannot make keys: the vendor's own tool does. A device that was never seen yet has no faces. */
  readonly generation?: KeyGeneration | undefined;
  /** Absent means that private keys cannot be brought in. */
  readonly importing?: KeyImporting | undefined;
  /** Absent means that keys are destroyed with the vendor's own tool. */
  readonly destruction?: KeyDestruction | undefined;
  /** Absent means that the store keeps no certificates. */
  readonly certificates?: CertificateStorage | undefined;
  /** Absent means that no key of the store decrypts. */
  readonly decryption?: KeyDecryption | undefined;
  /** Forgets all secrets. Closing twice is allowed. */
  close(): Promise<void>;
}

/** Making keys inside the store. */
export interface KeyGeneration {
  /**
   * Makes a key pair that cannot be taken out; it is durable once this resolves, and a crash before leaves either the whole
   * key or none. Never retried by itself, since that would leave orphans.
   *
   * @throws KeyStoreError `key-exists` for a label that is taken, and the key that is there is untouched;
   *   `algorithm-not-supported`; `key-uri-malformed` for a label that breaks {@link checkKeyLabel};
   *   `deadline-exceeded` or `driver-crashed` with `outcomeUnknown`.
   */
  generate(request: {
    readonly label: string;
    readonly algorithm: SignatureAlgorithmName;
  }): Promise<KeyDescription>;
}

/** Bringing a private key in that was made elsewhere: for migration. The key was outside once, and says so for ever. */
export interface KeyImporting {
  /**
   * @param pkcs8 PrivateKeyInfo, DER; the caller overwrites it afterwards.
   * @throws KeyStoreError as {@link KeyGeneration.generate}.
   */
  import(request: {
    readonly label: string;
    readonly algorithm: SignatureAlgorithmName;
    readonly pkcs8: Uint8Array;
  }): Promise<KeyDescription>;
}

export interface KeyDestruction {
  /** Destroys the key and its certificates for good. @throws KeyStoreError `key-not-found`; what a device says. */
  destroy(uri: KeyUri): Promise<void>;
}

/** Certificates kept beside a key. They are public, and whoever reads one checks that it is for this key. */
export interface CertificateStorage {
  /** DER; undefined if there is none. */
  read(uri: KeyUri): Promise<Uint8Array | undefined>;
  /** Replaces what is there. @throws KeyStoreError `configuration-malformed` if it is not for this key. */
  write(uri: KeyUri, certificate: Uint8Array): Promise<void>;
}

export interface KeyDecryption {
  /** @throws KeyStoreError `key-not-found`; `algorithm-not-supported` for a key that only signs. */
  decryptor(uri: KeyUri): Promise<Decryptor>;
}

/** One store as an operator sees it. */
export interface KeyStoreHealth {
  /** `degraded`: it signs, though not on every device of a group or only after recoveries. */
  readonly state: "ready" | "degraded" | "offline" | "latched" | "closed";
  /** What it is, in words: vendor, model, serial number. Never a secret. */
  readonly device: string;
  readonly sessions?: { readonly open: number; readonly busy: number; readonly limit: number };
  readonly queued?: number;
  /** Of the PIN; there only once a device says that few are left, and the fewest where there are several devices. */
  readonly remainingTries?: number;
  /** Since the store was opened. */
  readonly counters?: KeyStoreCounters;
  /** The last refusal that was not the caller's fault. */
  readonly lastError?: { readonly code: string; readonly message: string };
}

export interface KeyStoreCounters {
  readonly signatures: number;
  readonly failures: number;
  readonly retries: number;
  readonly evictedSessions: number;
  readonly hostRestarts: number;
  /** Of the last recovery: from noticing the loss to the next signature that verified. */
  readonly lastRecoveryMilliseconds?: number;
}
