import { bytesOfHex } from "../src/bytes/index.ts";
import { issueCertificate } from "../src/issuing/index.ts";
import type { CertificateProfileName } from "../src/issuing/index.ts";
import { createSoftwareSigner, generateKey } from "../src/signer/index.ts";
import type { Signer } from "../src/signer/index.ts";
import { parseCertificate } from "../src/x509/index.ts";
import type { Certificate } from "../src/x509/index.ts";

/** A certificate and the key it names. */
export interface TestIdentity {
  readonly certificate: Certificate;
  readonly signer: Signer;
}

export interface TestValidity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A root with fresh SM2 keys that issues whatever a test needs. Trusted by nobody else. */
export interface TestAuthority extends TestIdentity {
  /** Someone with this common name; `profile` decides the key usage. */
  issue(profile: CertificateProfileName, commonName: string, validity?: TestValidity): Promise<TestIdentity>;
}

const decades: TestValidity = {
  notBefore: new Date("2020-01-01T00:00:00Z"),
  notAfter: new Date("2049-12-31T23:59:59Z"),
};

/** @param commonName of the root; two authorities with one name are look-alikes. */
export async function createTestAuthority(commonName = "Yinxin Test Root"): Promise<TestAuthority> {
  let serials = 0;
  const nextSerial = (): Uint8Array => {
    serials += 1;
    return bytesOfHex(`7e57${serials.toString(16).padStart(14, "0")}`);
  };
  const signer = createSoftwareSigner(generateKey("SM2").pkcs8);
  const root = await issueCertificate({
    profile: "root-ca",
    subject: nameOf(commonName),
    publicKey: signer.publicKey,
    issuer: { signer },
    serialNumber: nextSerial(),
    ...decades,
  });
  const certificate = parseCertificate(root);
  return {
    certificate,
    signer,
    issue: async (profile, subjectName, validity = decades) => {
      const subjectSigner = createSoftwareSigner(generateKey("SM2").pkcs8);
      const der = await issueCertificate({
        profile,
        // The profile of seal owners wants the unified social credit code before the name.
        subject: nameOf(subjectName, profile === "seal-owner" ? `11000000MB2C00001X${unit}` : unit),
        publicKey: subjectSigner.publicKey,
        issuer: { signer, certificate },
        serialNumber: nextSerial(),
        ...validity,
      });
      return { certificate: parseCertificate(der), signer: subjectSigner };
    },
  };
}

const unit = "Yinxin Test";

function nameOf(commonName: string, organization = unit) {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: organization },
    { type: "CN", value: commonName },
  ] as const;
}
