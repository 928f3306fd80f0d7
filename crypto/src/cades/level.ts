import { attributeOids, attributesOf } from "../cms/index.ts";
import type { SignedData, SignerInfo } from "../cms/index.ts";
import type { CadesLevel } from "./report.ts";

/** What level B-B has under the signature (ETSI EN 319 122-1 §6.3). */
const baseline = [attributeOids.contentType, attributeOids.messageDigest] as const;

/**
 * The highest level whose parts are all there (ETSI EN 319 122-1 §6.3); undefined for a signature that does not name its
 * certificate under the signature. With `pades` the signing time is not asked for, since a PDF keeps it elsewhere.
 *
 * LT has certificates and revocation values in the SignedData itself; a signature with certificate-values or
 * revocation-values attributes instead is of an older standard and counts as B-T.
 */
export function levelOf(
  signedData: SignedData,
  signer: SignerInfo,
  flavour: "cades" | "pades" = "cades",
): CadesLevel | undefined {
  const has = (type: string): boolean => attributesOf(signer.unsignedAttributes, type).length > 0;
  if (!isBaseline(signer, flavour)) return undefined;
  if (!has(attributeOids.signatureTimeStamp)) return "B-B";
  const isOldForm = has(attributeOids.certificateValues) || has(attributeOids.revocationValues);
  const hasValues = signedData.certificates.length > 0 && signedData.revocations.length > 0;
  if (isOldForm || !hasValues) return "B-T";
  return has(attributeOids.archiveTimeStampV3) ? "B-LTA" : "B-LT";
}

function isBaseline({ signedAttributes }: SignerInfo, flavour: "cades" | "pades"): boolean {
  const has = (type: string): boolean => attributesOf(signedAttributes?.attributes ?? [], type).length > 0;
  const hasTime = flavour === "pades" || has(attributeOids.signingTime);
  const namesCertificate = has(attributeOids.signingCertificateV2) || has(attributeOids.signingCertificate);
  return hasTime && namesCertificate && baseline.every(has);
}
