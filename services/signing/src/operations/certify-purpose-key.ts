import type { Signer } from "@yinxin/crypto/signer";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";

import type { PurposeCertificate } from "../domain/purpose.ts";

export interface CertifiedKey extends PurposeCertificate {
  readonly serialNumber: string;
}

/**
 * Gets the certificate for a key of a purpose: the same name in each version, as verifiers know it.
 *
 * @throws Refusal `certificate-not-issued`.
 */
export async function certifyPurposeKey(
  authority: CertificateAuthority,
  name: string,
  signer: Signer,
): Promise<CertifiedKey> {
  const { certificate, chain } = await enrolCertificate(authority, {
    profile: "signer",
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "Yinxin" },
      { type: "CN", value: `signing ${name}` },
    ],
    signer,
  });
  return {
    certificate: certificate.raw,
    chain: chain.map(({ raw }) => raw),
    serialNumber: certificate.serialNumber,
  };
}
