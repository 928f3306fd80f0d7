import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { newSigner } from "../../testing/fabricated-certificate.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { signatureAlgorithmNames, signatureAlgorithms } from "../algorithms/index.ts";
import { concatBytes, derOfPem, hexOf, pemOfDer, textOfUtf8 } from "../bytes/index.ts";
import { bitString, contextImplicit, nullValue, oid, sequence, smallInteger } from "../der/index.ts";
import { createSoftwareSigner, generateKey, signVerified } from "../signer/index.ts";
import {
  createCertificateRequest,
  encodeName,
  IssuingError,
  parseCertificateRequest,
  verifyPossession,
} from "./index.ts";
import type { NameInput } from "./index.ts";

const names = ["SM2", "ES256", "Ed25519"] as const;
const subject: NameInput = [
  { type: "C", value: "CN" },
  { type: "O", value: "某局" },
  { type: "CN", value: "办公系统" },
];

describe.each(names)("a certificate request with %s", (algorithm) => {
  it("comes back as it was made, and proves possession of the key", async () => {
    const signer = newSigner(algorithm);
    const der = await createCertificateRequest({ subject, signer });
    const request = parseCertificateRequest(der);
    expect(request).toMatchObject({ keyAlgorithm: algorithm, signatureAlgorithm: algorithm });
    expect(request.subject.text).toBe("CN=办公系统, O=某局, C=CN");
    expect(hexOf(request.publicKey)).toBe(hexOf(signer.publicKey));
    expect(hexOf(request.raw)).toBe(hexOf(der));
    expect(verifyPossession(request)).toBe(true);
  });

  it("proves nothing for a key that somebody else holds", async () => {
    const [thief, victim] = [newSigner(algorithm), newSigner(algorithm)];
    const info = sequence(
      smallInteger(0),
      encodeName(subject),
      victim.publicKey,
      contextImplicit(0, new Uint8Array(), true),
    );
    const signature = await signVerified(thief, info);
    const id = sequence(oid(signatureAlgorithms[algorithm].oid));
    expect(verifyPossession(parseCertificateRequest(sequence(info, id, bitString(signature))))).toBe(false);
  });

  it("proves nothing, or is none, after a change of any byte", async () => {
    const der = await createCertificateRequest({ subject, signer: newSigner(algorithm) });
    for (let at = 0; at < der.length; at += 1) {
      const changed = Uint8Array.from(der);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      expect(provesPossession(changed), `byte ${String(at)}`).toBe(false);
    }
  });
});

function provesPossession(der: Uint8Array): boolean {
  try {
    return verifyPossession(parseCertificateRequest(der));
  } catch (cause) {
    if (cause instanceof IssuingError) return false;
    throw cause;
  }
}

describe("a certificate request", () => {
  const signer = newSigner("SM2");
  const noAttributes = contextImplicit(0, new Uint8Array(), true);
  const [name, sm2, signature] = [
    encodeName(subject),
    sequence(oid("1.2.156.10197.1.501")),
    bitString(new Uint8Array(70)),
  ];
  const good = [smallInteger(0), name, signer.publicKey, noAttributes];

  it.each([
    ["nothing", new Uint8Array()],
    ["another version", sequence(sequence(smallInteger(1), ...good.slice(1)), sm2, signature)],
    ["no attributes member", sequence(sequence(...good.slice(0, 3)), sm2, signature)],
    ["more members", sequence(sequence(...good, noAttributes), sm2, signature)],
    ["another thing as attributes", sequence(sequence(...good.slice(0, 3), nullValue()), sm2, signature)],
    ["no signature", sequence(sequence(...good), sm2)],
    ["bytes after it", concatBytes(sequence(sequence(...good), sm2, signature), Uint8Array.of(0))],
    ["a size of 64 KiB", sequence(sequence(...good), sm2, bitString(new Uint8Array(65_536)))],
  ])("with %s is refused", (_what, der) => {
    expect(() => parseCertificateRequest(der)).toThrow(
      expect.objectContaining({ name: "IssuingError", code: "request-malformed" }) as Error,
    );
  });

  it("proves nothing with a signature algorithm that is not the key's, or that is unknown", async () => {
    const info = sequence(...good);
    const value = bitString(await signVerified(signer, info));
    const proves = (id: string): boolean =>
      verifyPossession(parseCertificateRequest(sequence(info, sequence(oid(id)), value)));
    expect(proves("1.2.156.10197.1.501")).toBe(true);
    expect(proves("1.2.840.10045.4.3.2")).toBe(false);
    expect(proves("1.2.840.113549.1.1.11")).toBe(false);
  });

  it("of any bytes is read or refused with an IssuingError, never another error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          parseCertificateRequest(bytes);
          return true;
        } catch (cause) {
          return cause instanceof IssuingError;
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("is not made for a name that no certificate could have", async () => {
    await expect(createCertificateRequest({ subject: [], signer })).rejects.toMatchObject({
      code: "name-invalid",
    });
  });
});

describe("certificate requests beside OpenSSL", () => {
  const userId = "distid:1234567812345678";

  toolTest(["openssl"], "of ours are verified by openssl, of every algorithm that it knows", async () => {
    // OpenSSL 3.0 has no ML-DSA.
    const known = signatureAlgorithmNames.filter((name) => !name.startsWith("ML-DSA"));
    const rsa = generateKey("RS256").pkcs8;
    const made = await Promise.all(
      known.map(async (name) => {
        const isRsa = signatureAlgorithms[name].keyOid === signatureAlgorithms.RS256.keyOid;
        const signer = isRsa ? createSoftwareSigner(rsa, name) : newSigner(name);
        const der = await createCertificateRequest({ subject, signer });
        const request = parseCertificateRequest(der);
        expect(request).toMatchObject({
          signatureAlgorithm: name,
          subject: { text: "CN=办公系统, O=某局, C=CN" },
        });
        expect(verifyPossession(request)).toBe(true);
        return [`${name}.pem`, pemOfDer(der, "CERTIFICATE REQUEST")] as const;
      }),
    );
    inOpensslFolder(Object.fromEntries(made), ({ run }) => {
      for (const [file] of made) {
        const options = file === "SM2.pem" ? ["-vfyopt", userId] : [];
        const { output } = run("req", "-in", file, "-noout", "-verify", ...options);
        expect(output, file).toContain("verify OK");
      }
    });
  });

  toolTest(["openssl"], "of openssl are read, with attributes too, and their possession is checked", () => {
    inOpensslFolder({}, ({ run, read }) => {
      const curves = {
        SM2: ["SM2", ["-sm3", "-sigopt", userId]],
        ES256: ["P-256", ["-addext", "keyUsage=digitalSignature"]],
      } as const;
      for (const [algorithm, [curve, options]] of Object.entries(curves)) {
        run("genpkey", "-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${curve}`, "-out", "key.pem");
        const made = run(
          "req",
          "-new",
          "-utf8",
          "-subj",
          "/C=CN/CN=系统",
          "-key",
          "key.pem",
          ...options,
          "-out",
          "request.pem",
        );
        expect(made.status, made.output).toBe(0);
        const [der = new Uint8Array()] = derOfPem(textOfUtf8(read("request.pem")), "CERTIFICATE REQUEST");
        const request = parseCertificateRequest(der);
        expect(request).toMatchObject({ keyAlgorithm: algorithm, subject: { text: "CN=系统, C=CN" } });
        expect(verifyPossession(request)).toBe(true);
      }
    });
  });
});
