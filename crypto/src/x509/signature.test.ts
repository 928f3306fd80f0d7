import { describe, expect, it } from "vitest";

import { fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import { parseCertificate, verifyCertificateSignature, X509Error } from "./index.ts";

const names = ["SM2", "ES256", "Ed25519"] as const;

describe.each(names)("a certificate signed with %s", (algorithm) => {
  it("is right under its issuer's key and under no other", async () => {
    const issuer = await fabricate({ subject: "root", signer: newSigner(algorithm) });
    const { certificate } = await fabricate({ subject: "leaf", issuer });
    expect(verifyCertificateSignature(certificate, issuer.certificate.publicKey)).toBe(true);
    expect(verifyCertificateSignature(certificate, certificate.publicKey)).toBe(false);
    for (const another of names) {
      expect(verifyCertificateSignature(certificate, newSigner(another).publicKey)).toBe(false);
    }
  });

  it("is wrong, or no certificate, after a change of any byte", async () => {
    const issuer = await fabricate({ subject: "root", signer: newSigner(algorithm) });
    const { certificate } = await fabricate({ subject: "leaf", issuer });
    for (let at = 0; at < certificate.raw.length; at += 1) {
      const changed = Uint8Array.from(certificate.raw);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      expect(isRight(changed, issuer.certificate.publicKey), `byte ${String(at)}`).toBe(false);
    }
  });
});

function isRight(der: Uint8Array, issuerKey: Uint8Array): boolean {
  try {
    return verifyCertificateSignature(parseCertificate(der), issuerKey);
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
}
