import { refuse } from "@yinxin/service-kit/problems";
import type { KeyRings } from "@yinxin/service-kit/key-rings";

import type { IssuedCertificate, Revocation } from "../domain/certificate-register.ts";
import type { CertificateWithChain } from "./issue-certificate.ts";
import type { PkiStore } from "./pki-store.ts";

export interface ReadCertificateDeps {
  readonly store: PkiStore;
  readonly rings: Pick<KeyRings, "find">;
}

/** A certificate as it stands in the register. */
export interface RegisteredCertificate extends CertificateWithChain {
  readonly revocation?: Revocation;
}

/** A certificate that was issued, with its chain. @throws Refusal `certificate-not-found` */
export async function readCertificate(
  { store, rings }: ReadCertificateDeps,
  serialNumber: string,
): Promise<RegisteredCertificate> {
  const issued = await store.findCertificate(serialNumber);
  if (issued === undefined) throw certificateNotFound(serialNumber);
  const { certificate, revocation } = issued;
  const chain = await chainOf(rings, issued);
  return { serialNumber, certificate, chain, ...(revocation !== undefined && { revocation }) };
}

/** From the authority that issued it to that one's root; a root has none above it. */
async function chainOf(
  rings: Pick<KeyRings, "find">,
  { profile, issuer }: IssuedCertificate,
): Promise<readonly Uint8Array[]> {
  if (profile === "root-ca") return [];
  const version = await rings.find(issuer.purpose, issuer.version);
  if (version?.certificate === undefined) {
    throw new Error(`the issuer ${issuer.purpose} version ${String(issuer.version)} has no certificate`);
  }
  return [version.certificate, ...(version.chain ?? [])];
}

/** @returns Refusal `certificate-not-found` */
export function certificateNotFound(serialNumber: string): Error {
  return refuse("certificate-not-found", `There is no certificate with serial number ${serialNumber}.`);
}
