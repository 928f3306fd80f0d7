import type { SignatureAlgorithmName } from "../src/algorithms/index.ts";
import { concatBytes } from "../src/bytes/index.ts";
import { digest } from "../src/digest/index.ts";
import { issueCertificate } from "../src/issuing/index.ts";
import type { CertificateProfileName, CertificateToIssue, NameInput } from "../src/issuing/index.ts";
import { parseCertificate } from "../src/x509/index.ts";
import { newSigner } from "./fabricated-certificate.ts";
import type { Entity } from "./fabricated-certificate.ts";

export interface EntityToIssue {
  readonly profile: CertificateProfileName;
  readonly algorithm: SignatureAlgorithmName;
  readonly commonName: string;
  /** Absent for a root. */
  readonly issuer?: Entity;
  readonly options?: CertificateToIssue["options"];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A certificate with a fresh key, valid from 2020 to 2045 unless said otherwise. */
export async function issueEntity(wanted: EntityToIssue): Promise<Entity> {
  const signer = newSigner(wanted.algorithm);
  const subject: NameInput = [
    { type: "C", value: "CN" },
    { type: "O", value: "印信测试" },
    { type: "CN", value: wanted.commonName },
  ];
  const der = await issueCertificate({
    profile: wanted.profile,
    subject,
    publicKey: signer.publicKey,
    issuer: wanted.issuer ?? { signer },
    // Of a fresh key, so each certificate has another one; the 01 keeps its hexadecimal the same for every reader.
    serialNumber: concatBytes(Uint8Array.of(1), digest("SHA-256", signer.publicKey).subarray(0, 15)),
    notBefore: wanted.notBefore ?? new Date("2020-01-01T00:00:00Z"),
    notAfter: wanted.notAfter ?? new Date("2045-12-31T00:00:00Z"),
    ...(wanted.options && { options: wanted.options }),
  });
  return { signer, certificate: parseCertificate(der) };
}
