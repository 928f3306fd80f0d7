import { latin1Of } from "../bytes/index.ts";
import type { VerificationContext } from "./verification-context.ts";
import type { VerificationReport } from "./report.ts";
import { isCmsStart } from "./sniff-cms.ts";
import { sniffSes } from "./sniff-ses.ts";
import { unknownReport, unreadableReport } from "./unreadable.ts";
import { cmsOfPem, unreadablePem, verifyCms } from "./verify-cms.ts";
import { verifyOfd } from "./verify-ofd.ts";
import { verifyPdf } from "./verify-pdf.ts";
import { verifySeal, verifySealSignature } from "./verify-seal.ts";

export interface DocumentToVerify {
  /** What the report calls it: a file name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Readers look for %PDF- within the first kilobyte; our parser then says what is wrong with bytes before it. */
const pdfHeaderWindowBytes = 1024;

/** PDF readers that look for the header would open what we take for an archive, and show something else. */
const twoKinds = { code: "two-kinds", message: "the file is a ZIP archive and a PDF at once" };

/**
 * Verifies a sealed document by what it is, not by its name: OFD, PDF, a seal (.esl), a bare seal signature, or a
 * cryptographic message (CMS, GB/T 35275) with what it signs inside or in the context.
 *
 * Never throws for a bad document. A file that claims to be OFD or PDF and cannot be read without guessing — truncated,
 * malformed, hostile — is INVALID with the reader's code in `problem`; an encrypted one, and a file of no known kind
 * (`format: "unknown"`), is INDETERMINATE; one without any signature is UNSIGNED.
 */
export function verifyDocument(document: DocumentToVerify, context: VerificationContext): VerificationReport {
  const { name, bytes } = document;
  const head = latin1Of(bytes.subarray(0, pdfHeaderWindowBytes));
  // PK\x05\x06 begins an archive without entries.
  if (head.startsWith("PK\x03\x04") || head.startsWith("PK\x05\x06")) {
    if (head.includes("%PDF-")) return unreadableReport(name, "ofd", twoKinds);
    return verifyArchive(name, bytes, context);
  }
  if (head.includes("%PDF-")) return verifyPdf(name, bytes, context);
  return verifyValue(name, bytes, context);
}

/** A signature or a seal by itself. */
function verifyValue(name: string, bytes: Uint8Array, context: VerificationContext): VerificationReport {
  const cms = cmsOfPem(bytes);
  if (cms instanceof RangeError) return unreadablePem(name, cms);
  if (cms !== undefined || isCmsStart(bytes)) return verifyCms(name, cms ?? bytes, context);
  switch (sniffSes(bytes)) {
    case "seal":
      return verifySeal(name, bytes, context);
    case "seal-signature":
      return verifySealSignature(name, bytes, context);
    default:
      return unknownReport(name);
  }
}

/** An archive that reads well and is no OFD package is some other kind of file, not a broken one. */
function verifyArchive(name: string, bytes: Uint8Array, context: VerificationContext): VerificationReport {
  const report = verifyOfd(name, bytes, context);
  return report.problem?.code === "not-ofd" ? unknownReport(name) : report;
}
