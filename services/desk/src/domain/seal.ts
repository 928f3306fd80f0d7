/** A seal that the caller's unit may use, as the seal service lists it. */
export interface Seal {
  readonly id: string;
  /** Fourteen digits on its rim. */
  readonly code: string;
  readonly name: string;
  readonly status: string;
  readonly validUntil: Date;
  readonly sizeMm: number;
}

/** A file with a seal signature in it. */
export interface SealedFile {
  readonly applicationId: string;
  readonly fileName: string;
  readonly format: "pdf" | "ofd";
  /** `sm3:…` of the whole file. */
  readonly digest: string;
  readonly content: Uint8Array;
  readonly signedAt: Date;
}

/** A sealed file that waits to be downloaded by the session that made it. */
export interface StampResult extends SealedFile {
  readonly id: string;
  readonly sessionDigest: string;
  readonly sealName: string;
  readonly expiresAt: Date;
}

/** How long a sealed file waits; it is not kept longer, and nobody else can have it. */
export const resultMinutes = 10;
