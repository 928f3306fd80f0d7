import type { SealStatus } from "./seal-status.ts";
import type { SealTypeNumber } from "./seal-type.ts";

export type SealId = `seal_${string}`;
export type ApplicationId = `app_${string}`;

/** An organization as the sign-on service knows it. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  /** Unified social credit code, GB 32100-2015. */
  readonly uscc: string;
}

/** What is known of a seal; its bytes are read apart. */
export interface SealRecord {
  readonly id: SealId;
  /** 14 digits: division and serial number. */
  readonly code: string;
  readonly name: string;
  readonly type: SealTypeNumber;
  readonly organizationId: string;
  readonly status: SealStatus;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** Diameter. */
  readonly sizeMm: number;
  readonly keyUri: string;
  /** The owner's X.509 certificate, DER. */
  readonly certificate: Uint8Array;
}

/** The seal itself, as it travels in documents. */
export interface SealFiles {
  /** PNG. */
  readonly picture: Uint8Array;
  /** SESeal, DER (GB/T 38540-2020 §6.1). */
  readonly seal: Uint8Array;
}

/** Where a seal stands: its top left corner, from the top left corner of the page as displayed. */
export interface Placement {
  /** From 1. */
  readonly page: number;
  readonly xMm: number;
  readonly yMm: number;
}
