import type { DerElement, DerQuirkCode } from "../der/index.ts";

/** A departure from RFC 5652 that was read all the same, under the profile `lenient`. */
export type CmsQuirkCode =
  | DerQuirkCode
  | "cms-version"
  | "content-not-octets"
  | "digest-algorithm-not-listed"
  | "signed-attributes-not-der";

export interface CmsQuirk {
  readonly code: CmsQuirkCode;
  /** In bytes from the start of the SignedData as it was given. */
  readonly offset: number;
}

/** One Attribute: SEQUENCE { type, SET OF value } (RFC 5652 §5.3). */
export interface Attribute {
  readonly oid: string;
  readonly values: readonly DerElement[];
  readonly raw: Uint8Array;
}

/** The signed attributes of one signer. */
export interface SignedAttributes {
  readonly attributes: readonly Attribute[];
  /**
   * What the signature may cover, each as a SET OF (RFC 5652 §5.4): `as-stored` are the bytes as they stand, `der` their
   * DER encoding where that is something else. A signer who sorted nothing signed the first, one who followed the
   * standard and stored something else the second.
   */
  readonly signedForms: readonly { readonly form: "as-stored" | "der"; readonly bytes: Uint8Array }[];
}

/** How a signer's certificate is named (SignerIdentifier). */
export type SignerIdentifier =
  | {
      readonly kind: "issuer-and-serial";
      /** Name, DER. */
      readonly issuer: Uint8Array;
      /** Lower-case hexadecimal of the INTEGER's octets. */
      readonly serialNumber: string;
    }
  | { readonly kind: "key-identifier"; readonly keyIdentifier: Uint8Array };

export interface AlgorithmReference {
  readonly oid: string;
  /** The AlgorithmIdentifier. */
  readonly element: DerElement;
}

/** One SignerInfo (RFC 5652 §5.3). Byte members are views into the parsed input. */
export interface SignerInfo {
  readonly raw: Uint8Array;
  /** The members up to the signature, each whole, in their order: what an archive time stamp covers. */
  readonly signedMembers: readonly Uint8Array[];
  readonly version: number;
  readonly identifier: SignerIdentifier;
  readonly digestAlgorithm: AlgorithmReference;
  readonly signedAttributes: SignedAttributes | undefined;
  readonly signatureAlgorithm: AlgorithmReference;
  /** The octets as written, in whatever form. */
  readonly signature: Uint8Array;
  readonly unsignedAttributes: readonly Attribute[];
}

/** What SignedData.crls holds. */
export interface EmbeddedRevocation {
  readonly kind: "crl" | "ocsp-response" | "other";
  /** The RevocationInfoChoice as it stands. */
  readonly raw: Uint8Array;
  /** CertificateList or OCSPResponse, DER; for `other` as `raw`. */
  readonly der: Uint8Array;
}

/** A SignedData in its ContentInfo (RFC 5652 §3, §5.1). Byte members are views into the parsed input. */
export interface SignedData {
  /** The ContentInfo. */
  readonly raw: Uint8Array;
  /** Whose object identifiers it is written with: RFC 5652 or GB/T 35275-2017. */
  readonly family: "international" | "national";
  readonly version: number;
  readonly digestAlgorithms: readonly AlgorithmReference[];
  /** Dotted decimal of eContentType. */
  readonly contentType: string;
  /** eContentType, whole. */
  readonly contentTypeRaw: Uint8Array;
  /** The octets that the digest is of; absent in a detached signature. */
  readonly content: Uint8Array | undefined;
  /** The members digestAlgorithms and encapContentInfo, as they stand. */
  readonly digestAlgorithmsRaw: Uint8Array;
  readonly encapsulatedContentRaw: Uint8Array;
  /** CertificateChoices as they stand, attribute certificates and others among them. */
  readonly certificates: readonly Uint8Array[];
  readonly revocations: readonly EmbeddedRevocation[];
  readonly signers: readonly SignerInfo[];
  readonly quirks: readonly CmsQuirk[];
}
