import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { fabricate } from "../../testing/fabricated-certificate.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { pemOfDer, textOfUtf8 } from "../bytes/index.ts";
import { parseCertificatesPem, verifyCertificateSignature, X509Error } from "./index.ts";

describe("a PEM text of certificates", () => {
  it("is read in its order, and has at least one", async () => {
    const [first, second] = [await fabricate({ subject: "a" }), await fabricate({ subject: "b" })];
    const pem = [first, second].map(({ certificate }) => pemOfDer(certificate.raw, "CERTIFICATE")).join("\n");
    expect(parseCertificatesPem(pem)).toEqual([first.certificate, second.certificate]);
    for (const damaged of ["", "hello", pem.slice(0, -20), pem.replace("MII", "M!I")]) {
      expect(() => parseCertificatesPem(damaged)).toThrow(X509Error);
    }
    expect(() => parseCertificatesPem(pemOfDer(Uint8Array.of(0x30, 0), "CERTIFICATE"))).toThrow(X509Error);
  });
});

describe("certificates beside OpenSSL", () => {
  const request = [
    "req",
    "-x509",
    "-utf8",
    "-subj",
    "/C=CN/O=某市/CN=Root",
    "-days",
    "3650",
    "-out",
    "cert.pem",
  ];

  toolTest(["openssl"], "are read and verified when openssl signed them with SM2, P-256 and Ed25519", () => {
    const keys = {
      SM2: ["EC", "ec_paramgen_curve:SM2"],
      ES256: ["EC", "ec_paramgen_curve:P-256"],
      Ed25519: ["ED25519"],
    };
    for (const [name, [type = "", option]] of Object.entries(keys)) {
      inOpensslFolder({}, ({ run, read }) => {
        run("genpkey", "-algorithm", type, ...(option ? ["-pkeyopt", option] : []), "-out", "key.pem");
        const distinguishing = name === "SM2" ? ["-sm3", "-sigopt", "distid:1234567812345678"] : [];
        const { status, output } = run(...request, "-key", "key.pem", ...distinguishing);
        expect(status, output).toBe(0);
        const [certificate] = parseCertificatesPem(textOfUtf8(read("cert.pem")));
        expect(certificate).toMatchObject({ keyAlgorithm: name, signatureAlgorithm: name });
        expect(certificate?.subject.text).toBe("CN=Root, O=某市, C=CN");
        expect(certificate?.basicConstraints).toEqual({ isCa: true });
        expect(certificate && verifyCertificateSignature(certificate, certificate.publicKey)).toBe(true);
      });
    }
  });

  toolTest(["openssl"], "are shown but not verified when they use an algorithm we do not know", () => {
    inOpensslFolder({}, ({ run, read }) => {
      run("genpkey", "-algorithm", "ED448", "-out", "key.pem");
      run(...request, "-key", "key.pem");
      const [certificate] = parseCertificatesPem(textOfUtf8(read("cert.pem")));
      expect(certificate).toMatchObject({
        keyAlgorithm: undefined,
        signatureAlgorithm: undefined,
        signatureAlgorithmOid: "1.3.101.113",
      });
      expect(certificate && verifyCertificateSignature(certificate, certificate.publicKey)).toBe(false);
    });
  });
});
