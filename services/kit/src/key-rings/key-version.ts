import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import type { KeyState } from "./key-states.ts";

/** A version of a ring, as an audit event of its use names it. */
export interface KeyUse {
  readonly purpose: string;
  readonly version: number;
  /**
   * Absent: it signs what the ring is for, so it must be active. `possession`: a proof that its holder has it, or a self-test, before it
   * is active. `overlap`: what a version that no longer signs still owes, like the last revocation list of a retiring authority.
   */
  readonly kind?: "possession" | "overlap";
}

/** How the private key came to be. */
export interface KeyOrigin {
  /** Who made it: a service at its start, a plan, a ceremony. */
  readonly generatedBy: string;
  /** The device in which it was made, in words. */
  readonly device?: string;
  readonly label: string;
  /** Made inside the device; absent where the device does not say. */
  readonly local?: boolean;
  readonly extractable?: boolean;
}

/** A backup counts once it was restored somewhere and the key signed there. */
export interface KeyBackup {
  readonly madeAt: Date;
  readonly backupId: string;
  readonly restoreTestedAt?: Date;
}

/** Everything that is known of one version, and kept for ever. */
export interface KeyVersion {
  readonly purpose: string;
  readonly version: number;
  readonly state: KeyState;
  readonly algorithm: SignatureAlgorithmName;
  /** The same key in one device or several. */
  readonly keyUris: readonly string[];
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** SM3 of `publicKey`. */
  readonly keyId: `sm3:${string}`;
  /** DER. */
  readonly certificate?: Uint8Array;
  /** Above the certificate, nearest first; DER. */
  readonly chain?: readonly Uint8Array[];
  /** Prepared to follow at once when the active version is lost. */
  readonly isStandby: boolean;
  readonly isFrozen: boolean;
  /** Made so far, as the log of uses has them. */
  readonly signatures: number;
  readonly usageLimit?: number;
  /** The ring's; absent: for ever. */
  readonly overlapSeconds?: number;
  readonly createdAt: Date;
  readonly publishedAt?: Date;
  readonly activatedAt?: Date;
  readonly suspendedAt?: Date;
  readonly retiringAt?: Date;
  readonly deactivatedAt?: Date;
  readonly compromisedAt?: Date;
  readonly destroyedAt?: Date;
  /** The end of signing as the declaration has it. */
  readonly cryptoPeriodEndsAt?: Date;
  /** Of a retiring version: until when its public key is shown; absent: for ever. */
  readonly servedUntil?: Date;
  readonly lastUsedAt?: Date;
  readonly selfTestedAt?: Date;
  /** Of a compromised version: nothing that it signed from then on counts. */
  readonly invalidFrom?: Date;
  readonly origin: KeyOrigin;
  readonly backup?: KeyBackup;
  /** The approved change by which it came to be. */
  readonly changeId?: string;
}

/** A version that may be used now, and its key. */
export interface OpenKey {
  /** Goes into the audit event of what is signed. */
  readonly use: KeyUse;
  readonly version: KeyVersion;
  readonly signer: Signer;
}
