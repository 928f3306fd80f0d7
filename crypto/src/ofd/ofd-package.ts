import type { DigestName } from "../algorithms/index.ts";
import type { ByteRange } from "./byte-range.ts";
import type { Quirk } from "./quirk.ts";
import type { ZipArchive } from "./zip-read.ts";

/** One file of the package. */
export interface OfdEntry {
  /** Without a leading slash, e.g. `Doc_0/Document.xml`. */
  readonly path: string;
  /** What signatures cover: the raw, inflated bytes. Not a copy; leave them as they are. */
  content(): Uint8Array;
  /** The entry's data as it stands in the file, compressed or not. */
  readonly range: ByteRange;
}

export interface OfdPage {
  /** `Page@ID`; unique in its document, and what `StampAnnot@PageRef` names. */
  readonly id: string;
  readonly part: string;
  readonly widthMm: number;
  readonly heightMm: number;
  /** Counts the DocBody elements of OFD.xml from 0. */
  readonly documentIndex: number;
}

/** A box in millimetres, origin at the top left of the page. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where one signature shows its seal; the `boundary` is the whole seal, `clip` (relative to it) the visible part. */
export interface OfdStamp {
  readonly id: string;
  readonly pageId: string;
  readonly boundary: Box;
  readonly clip?: Box;
}

/** Something a signature says that cannot be true or is not allowed; each makes the signature bad. */
export interface OfdSignatureProblem {
  readonly code:
    | "references-missing"
    | "reference-duplicate"
    | "reference-target-missing"
    | "check-value-malformed"
    | "check-method-unknown"
    | "stamp-malformed"
    | "stamp-page-unknown"
    | "seal-part-missing"
    | "relative-unknown";
  readonly detail: string;
}

/** One signature record, GB/T 33190-2016 ch. 18, read and not yet verified. */
export interface OfdSignature {
  readonly id: string;
  readonly type: "Seal" | "Sign";
  /** Path of Signature.xml. */
  readonly part: string;
  /** Bytes of Signature.xml: what the seal signature's dataHash is made of. */
  readonly raw: Uint8Array;
  /** Path of the Signatures.xml that lists it. */
  readonly listedIn: string;
  readonly documentIndex: number;
  /** The id of the signature that this one builds on (`@Relative`). */
  readonly relative?: string;
  /** Undefined if {@link checkMethodText} names no digest we know. */
  readonly checkMethod: DigestName | undefined;
  /** As written; empty when the attribute is absent, which means MD5. */
  readonly checkMethodText: string;
  readonly references: readonly { readonly part: string; readonly digest: Uint8Array }[];
  readonly stamps: readonly OfdStamp[];
  readonly sealPart?: string;
  readonly sealBytes?: Uint8Array;
  /** The picture that readers may draw instead of the seal's own (GM/T 0099-2020 `ImageLoc`), if it is in the package. */
  readonly sealImagePart?: string;
  readonly signedValuePart: string;
  readonly signedValue: Uint8Array;
  /** SignatureMethod as written, normally an OID. */
  readonly signatureMethod?: string;
  /** SignatureDateTime as written; vendors use many forms and the time is not to be trusted. */
  readonly claimedTime?: string;
  readonly problems: readonly OfdSignatureProblem[];
}

/** An OFD package that was read strictly. Signatures are read, not verified. */
export interface OfdPackage {
  readonly bytes: Uint8Array;
  /** How the entries lie in {@link bytes}; what `prepareOfdSeal` copies. */
  readonly archive: ZipArchive;
  /** Files by path; folders are left out. */
  readonly entries: ReadonlyMap<string, OfdEntry>;
  /** Of all documents, in order. */
  readonly pages: readonly OfdPage[];
  /** Every part that a reader comes to from OFD.xml, signatures apart. `visible`: it changes what is seen. */
  readonly reachable: readonly { readonly part: string; readonly visible: boolean }[];
  readonly signatures: readonly OfdSignature[];
  /** Signatures.xml of the first document that names one, whether or not the entry exists. */
  readonly signaturesPart?: string;
  /**
   * Where in the file a part lies: a path, `zip:attributes` (header fields such as modification times, which no signature
   * can cover and which change nothing), or `zip:compression` (data of compressed entries: some bits choose between
   * encodings of the same content). Empty for anything else.
   */
  uncoveredRanges(part: string): readonly ByteRange[];
  readonly quirks: readonly Quirk[];
}
