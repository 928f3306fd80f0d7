import { DerError, parseDer } from "../../src/der/index.ts";
import { openOfd, OfdError } from "../../src/ofd/index.ts";
import { openPdf, PdfError } from "../../src/pdf/index.ts";
import { OcspError, parseOcspRequest, parseOcspResponse } from "../../src/revocation/index.ts";
import { parseSeal, parseSealSignature, SealError } from "../../src/seal/index.ts";
import { parseSignatureValue, SignatureEncodingError } from "../../src/sm2/index.ts";
import { verifyDocument } from "../../src/verification/index.ts";
import { parseCertificate, X509Error } from "../../src/x509/index.ts";

/** Something that reads bytes from outside, and the only errors with which it may refuse them. */
export interface FuzzedParser {
  /** Names its folder in fixtures/corpus. */
  readonly name: string;
  readonly parse: (bytes: Uint8Array) => unknown;
  readonly refusals: readonly (abstract new (...parameters: never[]) => Error)[];
}

/** For parsers of text. Bytes that are not UTF-8 cannot reach them. */
function ofText(parse: (text: string) => unknown): (bytes: Uint8Array) => unknown {
  return (bytes) => parse(new TextDecoder().decode(bytes));
}

const at = new Date("2026-11-22T00:00:00Z");

export const fuzzedParsers: readonly FuzzedParser[] = [
  { name: "der-strict", parse: (bytes) => parseDer(bytes), refusals: [DerError] },
  { name: "der-lenient", parse: (bytes) => parseDer(bytes, { profile: "lenient" }), refusals: [DerError] },
  { name: "signature-value", parse: parseSignatureValue, refusals: [SignatureEncodingError] },
  { name: "certificate", parse: parseCertificate, refusals: [X509Error] },
  { name: "ocsp-request", parse: (bytes) => parseOcspRequest(bytes), refusals: [OcspError] },
  { name: "ocsp-response", parse: (bytes) => parseOcspResponse(bytes), refusals: [OcspError] },
  { name: "seal", parse: (bytes) => parseSeal(bytes), refusals: [SealError] },
  { name: "seal-signature", parse: (bytes) => parseSealSignature(bytes), refusals: [SealError] },
  { name: "ofd", parse: openOfd, refusals: [OfdError] },
  { name: "pdf", parse: openPdf, refusals: [PdfError] },
  // A verifier never throws for a bad document, whatever it is.
  {
    name: "document",
    parse: (bytes) => verifyDocument({ name: "x", bytes }, { trust: [], at }),
    refusals: [],
  },
];

export { ofText };
