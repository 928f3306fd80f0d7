import { extensionOids } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";

/** id-kp-timeStamping (RFC 3161 §2.3). */
export const timeStampingPurpose = "1.3.6.1.5.5.7.3.8";

/**
 * Why a certificate is no time stamper's: the purpose must be there, alone and critical, and the key must be one that
 * signs (RFC 3161 §2.3); or undefined.
 */
export function tsaPurposeProblem(certificate: Certificate): string | undefined {
  const { extendedKeyUsage, extensions, keyUsage } = certificate;
  if (keyUsage !== undefined && !keyUsage.has("digitalSignature") && !keyUsage.has("nonRepudiation")) {
    return "the certificate's key is not one that signs";
  }
  if (extendedKeyUsage?.includes(timeStampingPurpose) !== true) {
    return "the certificate is not for time-stamping";
  }
  if (extendedKeyUsage.length > 1) return "the certificate is for other purposes beside time-stamping";
  const isCritical = extensions.some(({ oid, isCritical: flag }) => {
    return oid === extensionOids.extendedKeyUsage && flag;
  });
  return isCritical ? undefined : "the certificate's purpose is not critical";
}
