import type { HolderCodeType } from "./holder-code.ts";

/** `lic_` and 24 hexadecimal digits. */
export type LicenseId = `lic_${string}`;

export const licenseIdPattern = /^lic_[0-9a-f]{24}$/;

/** What an authority says when it issues a license; the fields of GB/T 36903-2018 that every kind of license has. */
export interface LicenseContent {
  /** 证照名称, e.g. 食品经营许可证. */
  readonly name: string;
  /** 证照类型代码, 21 characters. */
  readonly typeCode: string;
  /** 证照编号: the number printed on the license, unique under its type and issuing authority. */
  readonly number: string;
  readonly holder: {
    readonly name: string;
    readonly code: string;
    readonly codeType: HolderCodeType;
  };
  readonly issuingAuthority: {
    readonly name: string;
    /** Unified social credit code. */
    readonly code: string;
  };
  /** Calendar days in China, `2026-11-21`. */
  readonly issuedOn: string;
  readonly validFrom: string;
  /** The last day; absent: valid until further notice (长期). */
  readonly validUntil?: string;
}

/** A license in the ledger. Its content never changes; what happens to it later will be further leaves. */
export interface License {
  readonly id: LicenseId;
  /** 电子证照标识, GB/T 36904-2018. */
  readonly identifier: string;
  readonly content: LicenseContent;
}

/** Where a license stands on a given day, as far as its own dates say. */
export type LicenseValidity = "not-yet-valid" | "valid" | "expired";

/** China has one time, eight hours ahead of UTC and without summer time, and its licenses change at midnight there. */
const chinaOffsetMilliseconds = 8 * 3_600_000;

/** What the license's dates say about a moment. */
export function validityAt({ validFrom, validUntil }: LicenseContent, at: Date): LicenseValidity {
  const today = new Date(at.getTime() + chinaOffsetMilliseconds).toISOString().slice(0, 10);
  if (today < validFrom) return "not-yet-valid";
  return validUntil !== undefined && today > validUntil ? "expired" : "valid";
}
