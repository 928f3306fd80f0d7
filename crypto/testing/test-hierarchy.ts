import type { SignatureAlgorithmName } from "../src/algorithms/index.ts";
import { issueCertificate } from "../src/issuing/index.ts";
import type { CertificateProfileName, NameInput } from "../src/issuing/index.ts";
import { parseCertificate } from "../src/x509/index.ts";
import { newSigner } from "./fabricated-certificate.ts";
import type { Entity } from "./fabricated-certificate.ts";

/** In whole seconds and for longer than this code will run. */
export const hierarchyValidity = {
  notBefore: new Date("2026-01-01T00:00:00Z"),
  notAfter: new Date("2056-01-01T00:00:00Z"),
};

/** A root, an authority under it, and under that one end entity of each profile; all keys are fresh. */
export type TestHierarchy = Readonly<
  Record<"root" | "authority" | "sealMaker" | "sealOwner" | "signer", Entity>
>;

export async function createTestHierarchy(algorithm: SignatureAlgorithmName): Promise<TestHierarchy> {
  const root = await issue("root-ca", algorithm, organization("印信测试根"), 1);
  const authority = await issue("issuing-ca", algorithm, organization("印信测试签发机构"), 2, root);
  const under = (profile: CertificateProfileName, subject: NameInput, serial: number): Promise<Entity> =>
    issue(profile, algorithm, subject, serial, authority);
  return {
    root,
    authority,
    sealMaker: await under("seal-maker", organization("电子印章制作系统"), 3),
    sealOwner: await under(
      "seal-owner",
      organization("44010000000001", "11440100MB2C00001X某市政务服务局"),
      4,
    ),
    signer: await under("signer", organization("业务系统"), 5),
  };
}

function organization(commonName: string, name = "印信测试"): NameInput {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: name },
    { type: "CN", value: commonName },
  ];
}

async function issue(
  profile: CertificateProfileName,
  algorithm: SignatureAlgorithmName,
  subject: NameInput,
  serial: number,
  issuer?: Entity,
): Promise<Entity> {
  const signer = newSigner(algorithm);
  const der = await issueCertificate({
    profile,
    subject,
    publicKey: signer.publicKey,
    issuer: issuer ?? { signer },
    serialNumber: new Uint8Array(16).fill(serial),
    ...hierarchyValidity,
  });
  return { signer, certificate: parseCertificate(der) };
}
