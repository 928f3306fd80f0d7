import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { Localized } from "../problems/index.ts";
import type { KeyOrigin } from "./key-version.ts";

/** A ring without its versions. */
export interface KeyRing {
  readonly purpose: string;
  readonly title: Localized;
  readonly algorithm: SignatureAlgorithmName;
  readonly cryptoPeriodDays: number;
  readonly usageLimit?: number;
  readonly propagationSeconds: number;
  /** Absent: for ever. */
  readonly overlapSeconds?: number;
  readonly plan: string;
  readonly createdAt: Date;
}

/** What stands behind a move: who did it, why, and who agreed. */
export interface KeyMoveFacts {
  readonly at: Date;
  readonly reason: string;
  /** For the audit event; the service itself if absent. */
  readonly actor?: string;
  /** The different persons who signed the change that allows it. The state table says how many are needed. */
  readonly persons?: readonly string[];
  /** The sealed emergency key stands for all persons. */
  readonly isBreakGlass?: boolean;
  readonly changeId?: string;
  readonly planId?: string;
  /** To `compromised`: nothing signed from then on counts; `at` if absent. */
  readonly invalidFrom?: Date;
}

/** A key that was made in the store and is to become the next version of a ring, pre-active. */
export interface NewKeyVersion {
  readonly purpose: string;
  readonly keyUris: readonly string[];
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: Uint8Array;
  readonly origin: KeyOrigin;
  readonly isStandby?: boolean;
  readonly at: Date;
  readonly actor?: string;
  readonly changeId?: string;
  readonly planId?: string;
}

/** What is stopped without touching any key: `key:PURPOSE`, `seal:ID`, `unit:ID`. */
export type FreezeScope = `key:${string}` | `seal:${string}` | `unit:${string}`;

export interface Freeze {
  readonly scope: FreezeScope;
  readonly reason: string;
  readonly since: Date;
  readonly changeId?: string;
}

export interface CreateRingOptions {
  /** For the audit event and the origin; the service itself if absent. */
  readonly actor?: string;
}
