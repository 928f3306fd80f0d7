import type { DerQuirkCode } from "../der/index.ts";

/**
 * Editions of the structure: 1 is GM/T 0031-2014, 4 is GB/T 38540-2020, 5 is GM/T 0031-2025. Each names itself in the
 * header of the seal.
 */
export const sealVersions = [1, 4, 5] as const;
export type SealVersion = (typeof sealVersions)[number];

/**
 * An electronic seal as its maker signed it (SESeal, GB/T 38540-2020 §6.1). Byte members are views into the parsed
 * input; `raw` members are whole elements, tag and length included, as they stood there.
 */
export interface Seal {
  readonly raw: Uint8Array;
  readonly info: SealInfo;
  /** The maker's X.509 certificate, DER. Not read here: it may be anything. */
  readonly makerCertificate: Uint8Array;
  readonly signatureAlgorithmOid: string;
  /**
   * What the maker signed: `info.raw`, and in version 1 the SEQUENCE of it, the certificate and the algorithm, each as
   * it stands in the file (GM/T 0031-2014 §6.1).
   */
  readonly signedBytes: Uint8Array;
  /** The maker's signature over `signedBytes`, SEQUENCE { r, s }; converted if it was raw. */
  readonly signature: Uint8Array;
  /** Contents of the signature's BIT STRING as they stood: what a time stamp covers. */
  readonly signatureAsWritten: Uint8Array;
  /** Version 5 only: the token over the signature value, any bytes (GM/T 0031-2025 §6.1). */
  readonly timeStamp?: Uint8Array;
  readonly quirks: readonly SealQuirk[];
}

/** SES_SealInfo: what the seal says. */
export interface SealInfo {
  readonly raw: Uint8Array;
  readonly header: SealHeader;
  /** esID, the seal's unique code. National practice is 14 digits; any text is read. */
  readonly code: string;
  readonly property: SealProperty;
  readonly picture: SealPicture;
  /** Absent if the element is absent; an empty list is another encoding and stays one. */
  readonly extensions?: readonly SealExtension[];
}

/** SES_Header. */
export interface SealHeader {
  readonly id: "ES";
  readonly version: SealVersion;
  readonly vendorId: string;
}

/** SES_ESPropertyInfo. */
export interface SealProperty {
  /** 1 statutory name, 2 finance, 3 invoice, 4 contract, … The field does not agree on all, so the number is kept. */
  readonly type: number;
  readonly name: string;
  readonly signers: SealSigners;
  readonly createdAt: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
}

/**
 * Who may use the seal (SES_CertList); certListType 1 is a list of certificates, 2 a list of their digests. Version 1
 * knows only the first and does not write the type.
 */
export type SealSigners =
  | { readonly listType: 1; readonly certificates: readonly Uint8Array[] }
  | { readonly listType: 2; readonly digests: readonly CertificateDigest[] };

/** CertDigestObj. */
export interface CertificateDigest {
  /** Self-defined by the standard: the digest's name or its OID. */
  readonly algorithm: string;
  readonly value: Uint8Array;
}

/** SES_ESPictureInfo: the seal's face. It is never evidence. */
export interface SealPicture {
  /** As written: "PNG", "png", "GIF", "ofd", … */
  readonly type: string;
  readonly data: Uint8Array;
  readonly widthMm: number;
  readonly heightMm: number;
}

/** ExtData. */
export interface SealExtension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/**
 * A seal put on a document (SES_Signature, GB/T 38540-2020 §7.1). In version 1 certificate and algorithm stand inside
 * the signed content; here they are members all the same.
 */
export interface SealSignature {
  readonly raw: Uint8Array;
  readonly toBeSigned: SealSignatureContent;
  /** The signatory's X.509 certificate, DER. */
  readonly signerCertificate: Uint8Array;
  readonly signatureAlgorithmOid: string;
  /** The signatory's signature over `toBeSigned.raw`, SEQUENCE { r, s }; converted if it was raw. */
  readonly signature: Uint8Array;
  /** Contents of the signature's BIT STRING as they stood: what a time stamp covers. */
  readonly signatureAsWritten: Uint8Array;
  /** The time stamp token, if there is one: any bytes. */
  readonly timeStamp?: Uint8Array;
  /** Those of the embedded seal included. */
  readonly quirks: readonly SealQuirk[];
}

/** TBS_Sign: what the signatory signs. */
export interface SealSignatureContent {
  readonly raw: Uint8Array;
  /** Must equal the seal's; whether it does is for the verifier to say. */
  readonly version: number;
  readonly seal: Seal;
  /** What the signatory's clock said; in version 1 perhaps the time of a token, which is not checked here. */
  readonly time: Date;
  /** Version 1 only: a time stamp token in the place of the time. */
  readonly timeToken?: Uint8Array;
  readonly dataHash: Uint8Array;
  readonly propertyInfo: string;
  readonly extensions?: readonly SealExtension[];
}

/**
 * Departures from the standard that are read all the same, and reported; those of DER itself are beside them
 * (`DerQuirkCode`).
 *
 * - `bool-false-explicit`: an extension writes `critical FALSE` out, which DER forbids (X.690 §11.5).
 * - `raw-signature`: r ‖ s instead of SEQUENCE { r, s } (GB/T 35276-2017 wants the latter).
 * - `signature-oid-short`: SM2-with-SM3 as 1.2.156.10197.501, a misprint of 1.2.156.10197.1.501 that libraries copied.
 * - `header-version`: the structure of version 1 under another number.
 * - `extensions-tagged`: the seal's extensions under a [0] that the structure does not have.
 * - `certificate-not-wrapped`: a listed certificate stands as itself and not in an OCTET STRING.
 * - `signer-list-text`: the list of signers holds texts, which no certificate can equal.
 * - `time-type`: GeneralizedTime in version 1, which has UTCTime.
 * - `time-local`: in version 1 a signing time without a zone, read as of Beijing.
 */
export type SealQuirkCode =
  | "bool-false-explicit"
  | "raw-signature"
  | "signature-oid-short"
  | "header-version"
  | "extensions-tagged"
  | "certificate-not-wrapped"
  | "signer-list-text"
  | "time-type"
  | "time-local"
  | DerQuirkCode;

/** One departure, and where: `seal.extensions[0]`, or for those of DER `byte 17`. */
export interface SealQuirk {
  readonly code: SealQuirkCode;
  readonly where: string;
}
