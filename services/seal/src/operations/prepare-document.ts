import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import { OfdError, openOfd, prepareOfdSeal } from "@yinxin/crypto/ofd";
import type { OfdErrorCode } from "@yinxin/crypto/ofd";
import { openPdf, PdfError, preparePdfSeal } from "@yinxin/crypto/pdf";
import type { PdfErrorCode } from "@yinxin/crypto/pdf";
import { refuse } from "@yinxin/service-kit/problems";

import type { DocumentKind } from "../domain/document-kind.ts";
import type { Placement, SealFiles, SealRecord } from "../domain/seal.ts";
import type { SealRefusalCode } from "../domain/seal-refusal.ts";

/** A document with an empty place for one seal signature. */
export interface PreparedDocument {
  /** SM3 of what the seal signature is over. */
  readonly dataHash: Uint8Array;
  /** What the hash is of, in the words of the format. */
  readonly propertyInfo: string;
  /** The sealed document. */
  complete(sealSignature: Uint8Array): Uint8Array;
}

export interface DocumentStamp {
  readonly seal: SealRecord;
  readonly files: SealFiles;
  readonly placement: Placement;
  readonly signedAt: Date;
  /** Room for the seal signature. */
  readonly contentsBytes: number;
}

/**
 * Reads a document and makes the place for a seal signature in it.
 *
 * @throws Refusal `document-not-supported`, `document-malformed` (with the reader's own code in the detail),
 *   `document-encrypted`, `page-not-found`, `placement-outside-page`, `signing-closed`.
 */
export function prepareDocument(
  kind: DocumentKind,
  document: Uint8Array,
  stamp: DocumentStamp,
): PreparedDocument {
  try {
    return preparers[kind](document, stamp);
  } catch (cause) {
    if (cause instanceof PdfError) throw refusalFor(pdfRefusals[cause.code], cause);
    if (cause instanceof OfdError) throw refusalFor(ofdRefusals[cause.code], cause);
    throw cause;
  }
}

/** In PDF the hash is over the ranges that /ByteRange names. */
const pdfPropertyInfo = "ByteRange";

const preparers: Readonly<
  Record<DocumentKind, (document: Uint8Array, stamp: DocumentStamp) => PreparedDocument>
> = {
  pdf: (document, { seal, files, placement, signedAt, contentsBytes }) => {
    const prepared = preparePdfSeal(openPdf(document), {
      pageIndex: placement.page - 1,
      xMm: placement.xMm,
      yMm: placement.yMm,
      widthMm: seal.sizeMm,
      heightMm: seal.sizeMm,
      picture: files.picture,
      sealName: seal.name,
      signedAt,
      contentsBytes,
    });
    return {
      dataHash: prepared.dataHash,
      propertyInfo: pdfPropertyInfo,
      complete: (value) => prepared.complete(value),
    };
  },
  ofd: (document, { seal, files, placement, signedAt }) => {
    const { xMm: x, yMm: y } = placement;
    return prepareOfdSeal(openOfd(document), {
      pages: [{ pageIndex: placement.page - 1, boundary: { x, y, width: seal.sizeMm, height: seal.sizeMm } }],
      sealBytes: files.seal,
      signatureMethodOid: signatureAlgorithms.SM2.oid,
      signedAt,
      provider: { name: "Yinxin", company: "Yinxin", version: "0.1.0" },
    });
  },
};

/** Undefined: our own fault, which no caller can put right. */
const pdfRefusals: Readonly<Record<PdfErrorCode, SealRefusalCode | undefined>> = {
  "not-pdf": "document-not-supported",
  "pdf-truncated": "document-malformed",
  "pdf-malformed": "document-malformed",
  "pdf-too-large": "document-malformed",
  "pdf-encrypted": "document-encrypted",
  "page-not-found": "page-not-found",
  "placement-outside-page": "placement-outside-page",
  "pdf-signing-not-permitted": "signing-closed",
  "picture-unsupported": undefined,
  "field-name-refused": undefined,
  "contents-too-large": undefined,
};

const ofdRefusals: Readonly<Record<OfdErrorCode, SealRefusalCode | undefined>> = {
  "not-ofd": "document-not-supported",
  "zip-truncated": "document-malformed",
  "zip-malformed": "document-malformed",
  "zip-entry-path": "document-malformed",
  "zip-duplicate-entry": "document-malformed",
  "zip-bomb": "document-malformed",
  "zip-encrypted": "document-encrypted",
  "too-many-entries": "document-malformed",
  "xml-malformed": "document-malformed",
  "ofd-malformed": "document-malformed",
  "page-not-found": "page-not-found",
  "placement-outside-page": "placement-outside-page",
  "signing-closed": "signing-closed",
};

function refusalFor(code: SealRefusalCode | undefined, cause: PdfError | OfdError): unknown {
  return code === undefined ? cause : refuse(code, `${cause.code}: ${cause.message}`, { cause });
}
