import type { Signer } from "@yinxin/crypto/signer";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import type { CertificateAuthority, EnrolledCertificate } from "@yinxin/service-kit/enrolment";

/**
 * Gets the certificate for a key of a purpose: the same name in each version, as verifiers know it.
 *
 * @throws Refusal `certificate-not-issued`.
 */
export function certifyPurposeKey(
  authority: CertificateAuthority,
  name: string,
  signer: Signer,
): Promise<EnrolledCertificate> {
  return enrolCertificate(authority, {
    profile: "signer",
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "Yinxin" },
      { type: "CN", value: `signing ${name}` },
    ],
    signer,
  });
}
