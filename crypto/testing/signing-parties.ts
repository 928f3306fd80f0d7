import type { SignatureAlgorithmName } from "../src/algorithms/index.ts";
import { issueCertificate } from "../src/issuing/index.ts";
import type { CertificateProfileName } from "../src/issuing/index.ts";
import { createSoftwareSigner, generateKey } from "../src/signer/index.ts";
import { parseCertificate } from "../src/x509/index.ts";
import type { Entity } from "./fabricated-certificate.ts";

/** A party with its private key, for programs that want it. */
export interface Party extends Entity {
  readonly pkcs8: Uint8Array;
}

/** Who takes part in a signature with time stamps, all under one root and with fresh keys. */
export interface SigningParties {
  readonly root: Party;
  readonly authority: Party;
  readonly signer: Party;
  readonly second: Party;
  readonly tsa: Party;
}

/** Longer than any test's clock reaches. */
export const partiesValidity = {
  notBefore: new Date("2025-01-01T00:00:00Z"),
  notAfter: new Date("2045-01-01T00:00:00Z"),
};

export async function createSigningParties(algorithm: SignatureAlgorithmName): Promise<SigningParties> {
  const root = await createParty(algorithm, "root-ca", "Parties Root", 1);
  const authority = await createParty(algorithm, "issuing-ca", "Parties Authority", 2, root);
  return {
    root,
    authority,
    signer: await createParty(algorithm, "signer", "Parties Signer", 3, authority),
    second: await createParty(algorithm, "signer", "Parties Second Signer", 4, authority),
    tsa: await createParty(algorithm, "tsa", "Parties Time Stamper", 5, authority),
  };
}

export async function createParty(
  algorithm: SignatureAlgorithmName,
  profile: CertificateProfileName,
  commonName: string,
  serial: number,
  issuer?: Entity,
  validity = partiesValidity,
): Promise<Party> {
  const { pkcs8 } = generateKey(algorithm);
  const signer = createSoftwareSigner(pkcs8, algorithm);
  const der = await issueCertificate({
    profile,
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "Yinxin Test" },
      { type: "CN", value: commonName },
    ],
    publicKey: signer.publicKey,
    issuer: issuer ?? { signer },
    serialNumber: new Uint8Array(16).fill(serial),
    ...validity,
  });
  return { signer, certificate: parseCertificate(der), pkcs8 };
}
