import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { KeyAttributes, KeyUri } from "../key-store/index.ts";

/** A driver may answer at once or later: synchronous calls into a library are the fastest, asynchronous ones wait in parallel. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** The families that run in a driver host. */
export const driverFamilies = ["pkcs11", "sdf", "skf", "piv", "simulator"] as const;
export type DriverFamily = (typeof driverFamilies)[number];

/**
 * One family of devices. A driver runs in a driver host, a process of its own, and is the only code that calls into a vendor's
 * library. It is not defended against that library: it may crash, hang, or answer nonsense, and the token client on the other
 * side of the process border deals with that.
 *
 * Everything a driver rejects with is a KeyStoreError whose `facts.vendor` holds the device's own number.
 */
export interface Driver {
  readonly family: DriverFamily;
  /**
   * Loads the library and finds the device; changes nothing on it and tries no PIN.
   *
   * @param config of the family's own shape, checked here.
   * @throws KeyStoreError `configuration-malformed`, `native-module-missing`, `library-not-loadable` (with path and the
   *   loader's words), `token-not-found` (with what was seen), `profile-wrong`.
   */
  open(config: unknown): MaybePromise<Device>;
}

/** An open device. Only one login state exists, for all its sessions. */
export interface Device {
  readonly info: DeviceInfo;
  pinStatus(): MaybePromise<PinStatus>;
  /**
   * Logs in once; never tries again by itself.
   *
   * @param pin UTF-8; the driver overwrites it before this resolves or rejects. Undefined: the PIN is typed on the device's own pad.
   * @throws KeyStoreError `pin-incorrect` (with `remainingTries` where the device says), `pin-locked`, `pin-expired`, `pin-required`.
   */
  login(pin: Uint8Array | undefined): MaybePromise<void>;
  logout(): MaybePromise<void>;
  /** Every private key with its public key; in no particular order. */
  listKeys(): MaybePromise<readonly DeviceKey[]>;
  findKey(uri: KeyUri): MaybePromise<DeviceKey | undefined>;
  /** Re-initialises, so that keys and tokens made elsewhere are seen. Ends every session; the login may be lost. */
  refresh(): MaybePromise<void>;
  openSession(): MaybePromise<DeviceSession>;
  random?(length: number): MaybePromise<Uint8Array>;
  generateKey?(request: GenerateRequest): MaybePromise<DeviceKey>;
  importKey?(request: ImportRequest): MaybePromise<DeviceKey>;
  /** @throws KeyStoreError `key-not-found`. */
  destroyKey?(uri: KeyUri): MaybePromise<void>;
  readCertificate?(uri: KeyUri): MaybePromise<Uint8Array | undefined>;
  writeCertificate?(uri: KeyUri, certificate: Uint8Array): MaybePromise<void>;
  /** Called once, by the host, before anything else: where to tell of cards that come and go. */
  onEvent?(listener: (event: DeviceEvent) => void): void;
  close(): MaybePromise<void>;
}

/** One session with the device: one operation at a time, which the caller sees to. */
export interface DeviceSession {
  /**
   * The signature in the plain form: r ‖ s in the curve's length for SM2 and ECDSA, 64 octets for Ed25519, the modulus' length for
   * RSA. What the device answered is passed on as it is if it has no such form, even if it is empty: the client verifies.
   */
  sign(request: SignRequest): MaybePromise<Uint8Array>;
  /** For RSA: OAEP. For P-256: the x coordinate of the shared point. For SM2: the plaintext. */
  decrypt?(request: DecryptRequest): MaybePromise<Uint8Array>;
  /** Cheap: whether the session still exists. @throws KeyStoreError `session-lost`, `device-removed`, … */
  validate(): MaybePromise<void>;
  close(): MaybePromise<void>;
}

export interface DeviceInfo {
  readonly family: DriverFamily;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  /** Of the token, application or device; for people only. */
  readonly label: string;
  readonly firmware: string;
  /** The profile that the device is driven by. */
  readonly profile: string;
  readonly library: string;
  /** How many sessions may be open at once, as the device says; undefined if it does not. */
  readonly maximumSessions?: number;
  /** What this device can do; a member of {@link Device} that is missing here is missing there. */
  readonly can: readonly DeviceAbility[];
  /** Rows that keys are made for. */
  readonly generates: readonly SignatureAlgorithmName[];
}

export type DeviceAbility =
  | "generate"
  | "import"
  | "destroy"
  | "read-certificate"
  | "write-certificate"
  | "decrypt"
  | "random"
  /** Tells by itself of removal and insertion. */
  | "events";

export interface PinStatus {
  /** False for a device without PINs, or with one that keeps no login. */
  readonly isNeeded: boolean;
  readonly isLoggedIn: boolean;
  readonly isLocked: boolean;
  /** Only one try is left. */
  readonly isLastTry: boolean;
  /** Still the one from the factory, as far as the device says. */
  readonly isDefault: boolean;
  readonly remainingTries?: number;
  /** The PIN is typed on the device. */
  readonly hasPinPad: boolean;
}

export interface DeviceKey {
  readonly uri: KeyUri;
  readonly label: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly attributes: KeyAttributes;
  /** The rows the key can sign by; the first is its own. Empty for a key that does not sign. */
  readonly mechanisms: readonly SigningMechanism[];
  readonly decrypts: boolean;
}

export interface SigningMechanism {
  readonly algorithm: SignatureAlgorithmName;
  /** `digest`: what the row's digest makes of the message, for SM2 e = SM3(Z ‖ M). The client computes it. */
  readonly takes: "digest" | "message";
}

export interface SignRequest {
  readonly key: KeyUri;
  readonly algorithm: SignatureAlgorithmName;
  /** Message or digest, as the key's mechanism takes it. */
  readonly input: Uint8Array;
  /** For keys with `alwaysAuthenticate`; overwritten by the driver. */
  readonly contextPin?: Uint8Array;
}

export type DecryptRequest = {
  readonly key: KeyUri;
  readonly contextPin?: Uint8Array;
} & (
  | {
      readonly kind: "rsa-oaep";
      readonly ciphertext: Uint8Array;
      readonly digest: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
    }
  | { readonly kind: "ecdh-p256"; readonly peer: Uint8Array }
  /** SM2Cipher, DER (GB/T 35276-2017 §7.2). */
  | { readonly kind: "sm2"; readonly ciphertext: Uint8Array }
);

export interface GenerateRequest {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
}

export interface ImportRequest extends GenerateRequest {
  /** PrivateKeyInfo, DER; overwritten by the driver. */
  readonly pkcs8: Uint8Array;
}

export type DeviceEvent =
  | { readonly kind: "inserted" }
  | { readonly kind: "removed" }
  | { readonly kind: "pin-low"; readonly remainingTries: number };
