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
  /** The maker's signature over `info.raw`, SEQUENCE { r, s }; converted if it was raw. */
  readonly signature: Uint8Array;
  readonly quirks: readonly SealQuirk[];
}

/** SES_SealInfo: what the maker signs. */
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
  readonly version: 4;
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

/** Who may use the seal (SES_CertList); certListType 1 is a list of certificates, 2 a list of their digests. */
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

/** A seal put on a document (SES_Signature, GB/T 38540-2020 §7.1). */
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
  /** What the signatory's clock said. */
  readonly time: Date;
  readonly dataHash: Uint8Array;
  readonly propertyInfo: string;
  readonly extensions?: readonly SealExtension[];
}

/**
 * A departure from the standard that is read all the same, and reported.
 *
 * - `bool-false-explicit`: an extension writes `critical FALSE` out, which DER forbids (X.690 §11.5).
 * - `raw-signature`: r ‖ s instead of SEQUENCE { r, s } (GB/T 35276-2017 wants the latter).
 * - `signature-oid-short`: SM2-with-SM3 as 1.2.156.10197.501, a misprint of 1.2.156.10197.1.501 that libraries copied.
 */
export interface SealQuirk {
  readonly code: "bool-false-explicit" | "raw-signature" | "signature-oid-short";
  /** E.g. `seal.extensions[0]`. */
  readonly where: string;
}
