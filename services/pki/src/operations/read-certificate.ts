import { refuse } from "@yinxin/service-kit/problems";

import type { Authority } from "../domain/authority.ts";
import type { CertificateWithChain } from "./issue-certificate.ts";
import type { PkiStore } from "./pki-store.ts";

export interface ReadCertificateDeps {
  readonly store: PkiStore;
  readonly authorities: readonly Authority[];
}

/** A certificate that was issued, with its chain. @throws Refusal `certificate-not-found` */
export async function readCertificate(
  deps: ReadCertificateDeps,
  serialNumber: string,
): Promise<CertificateWithChain> {
  const issued = await deps.store.findCertificate(serialNumber);
  const authority = deps.authorities.find(({ id }) => id === issued?.authorityId);
  if (issued === undefined || authority === undefined) {
    throw refuse("certificate-not-found", `There is no certificate with serial number ${serialNumber}.`);
  }
  return {
    serialNumber,
    certificate: issued.certificate,
    chain: [authority.issuing.raw, authority.root.raw],
  };
}
