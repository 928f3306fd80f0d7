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

/** What a seal is through all its versions. */
export interface SealIdentity {
  readonly id: SealId;
  /** 14 digits: division and serial number. */
  readonly code: string;
  readonly name: string;
  readonly type: SealTypeNumber;
  readonly organizationId: string;
  readonly status: SealStatus;
  /** Diameter. */
  readonly sizeMm: number;
}

/** The keys and times of one version of a seal. */
export interface SealVersion {
  /** From 1. */
  readonly version: number;
  /** Of the ring of the owner's keys. */
  readonly ownerKeyVersion: number;
  /** Of the ring of the maker's keys. */
  readonly makerKeyVersion: number;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** The owner's X.509 certificate, DER. */
  readonly certificate: Uint8Array;
}

/** What is known of a seal, with the version that is in force; its bytes are read apart. */
export interface SealRecord extends SealIdentity, SealVersion {}

/** A version as the seal's history has it. */
export interface SealVersionRecord extends SealVersion {
  /** Absent: made, and not in force yet. */
  readonly effectiveFrom?: Date;
  /** From then on no longer in force; what was sealed with it before stays good. */
  readonly closedAt?: Date;
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
