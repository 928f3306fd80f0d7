import { openOfd } from "@yinxin/crypto/ofd";
import { parseSealSignature } from "@yinxin/crypto/seal";
import { verifyDocument } from "@yinxin/crypto/verification";
import type { VerificationReport } from "@yinxin/crypto/verification";
import { attributeOf, parseCertificate } from "@yinxin/crypto/x509";
import type { TrustList } from "@yinxin/crypto/x509";
import { refuse } from "@yinxin/service-kit/problems";

import { isSealedCopyOf } from "./license-document.ts";
import type { LicenseDocument } from "./license-document.ts";
import type { LicenseContent } from "./license.ts";

export interface SealedDocumentContext {
  readonly trust: TrustList;
  readonly at: Date;
}

/**
 * Checks what came back from sealing as if a stranger had sent it: that it is sealed, that the seal is good under this
 * deployment's trust, that it is still the document that was made, and that the seal is the issuing authority's own.
 *
 * @throws Refusal `document-not-sealed`, `document-not-valid`, `document-not-of-license`, `seal-not-of-issuing-authority`.
 */
export function checkSealedDocument(
  draft: LicenseDocument,
  sealed: Uint8Array,
  issuingAuthority: LicenseContent["issuingAuthority"],
  { trust, at }: SealedDocumentContext,
): void {
  const report = verifyDocument(
    { name: "license.ofd", bytes: sealed },
    { trust: trust.anchors, intermediates: trust.intermediates, at },
  );
  if (report.verdict === "UNSIGNED") throw refuse("document-not-sealed", report.summary);
  if (!isGood(report)) throw refuse("document-not-valid", report.summary);
  if (!isSealedCopyOf(draft, sealed)) {
    throw refuse("document-not-of-license", {
      zh: "盖章后的文件与送去盖章的证照不一致。",
      en: "The sealed document is not the one that was sent to be sealed.",
    });
  }
  checkSealOwner(sealed, issuingAuthority);
}

/** Every signature on it is a seal, is good and covers all that a reader sees. */
function isGood({ format, verdict, signatures }: VerificationReport): boolean {
  const hasGoodVerdict = verdict === "VALID" || verdict === "VALID_WITH_WARNINGS";
  const areSeals = signatures.every(({ kind, coverage }) => kind === "seal" && coverage.whole);
  return format === "ofd" && hasGoodVerdict && areSeals;
}

/** A seal owner's certificate names the unit as its credit code and its name, one after the other. */
function checkSealOwner(sealed: Uint8Array, { code, name }: LicenseContent["issuingAuthority"]): void {
  for (const { signedValue } of openOfd(sealed).signatures) {
    const { subject } = parseCertificate(parseSealSignature(signedValue).signerCertificate);
    if (attributeOf(subject, "O") === code + name) continue;
    throw refuse("seal-not-of-issuing-authority", {
      zh: `印章不属于颁发机构“${name}”（${code}）。`,
      en: `The seal is not that of the issuing authority ${name} (${code}).`,
    });
  }
}
