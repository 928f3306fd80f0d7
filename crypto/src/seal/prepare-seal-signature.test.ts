import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { digest } from "../digest/index.ts";
import { utf8Of } from "../bytes/index.ts";
import { rawOfDerSignature, sm2Verify } from "../sm2/index.ts";
import {
  completeSealSignature,
  maximumSealSignatureBytes,
  parseSeal,
  parseSealSignature,
  prepareSealSignature,
  SealError,
  signSealSignature,
} from "./index.ts";
import type { SealSignatureRequest } from "./index.ts";

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let stranger: TestIdentity;
let request: SealSignatureRequest;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  stranger = await authority.issue("seal-owner", "11000000000009");
  const seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [owner.certificate.raw] } });
  request = {
    seal: parseSeal(seal),
    signerCertificate: owner.certificate.raw,
    dataHash: digest("SM3", utf8Of("abc")),
    propertyInfo: "/Doc_0/Signs/Sign_0/Signature.xml",
    signedAt: new Date("2026-11-21T02:02:11.999Z"),
  };
});

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (cause) {
    if (cause instanceof SealError) return cause.code;
    throw cause;
  }
  return "accepted";
}

describe("making a seal signature", () => {
  it("embeds the seal as it is and signs with the owner's key", async () => {
    const der = await signSealSignature({ signer: owner.signer }, prepareSealSignature(request));
    const { toBeSigned, signature, signerCertificate, quirks } = parseSealSignature(der);
    expect(toBeSigned).toMatchObject({
      version: 4,
      dataHash: request.dataHash,
      propertyInfo: request.propertyInfo,
      time: new Date("2026-11-21T02:02:11Z"),
    });
    expect(toBeSigned.seal.raw).toEqual(request.seal.raw);
    expect(signerCertificate).toEqual(owner.certificate.raw);
    expect(sm2Verify(owner.signer.publicKey, toBeSigned.raw, signature)).toBe(true);
    expect(quirks).toEqual([]);
  });

  it("is completed with a value from far away, DER or r ‖ s, and written as DER", async () => {
    const prepared = prepareSealSignature(request);
    const value = await owner.signer.sign({ message: prepared.toBeSigned });
    const fromDer = completeSealSignature(prepared, value);
    expect(completeSealSignature(prepared, rawOfDerSignature(value))).toEqual(fromDer);
  });

  it("lets nothing out with a wrong value, or one by another key", async () => {
    const prepared = prepareSealSignature(request);
    const { toBeSigned } = prepared;
    const foreign = await stranger.signer.sign({ message: toBeSigned });
    for (const value of [foreign, new Uint8Array(64), new Uint8Array()]) {
      expect(await codeOf(() => completeSealSignature(prepared, value))).toBe("signature-wrong");
    }
    expect(await codeOf(() => signSealSignature({ signer: stranger.signer }, prepared))).toBe("key-mismatch");
  });

  it("never exceeds the size it announces, whatever the value", async () => {
    const prepared = prepareSealSignature(request);
    const most = maximumSealSignatureBytes(prepared);
    const sizes = new Set<number>();
    for (let round = 0; round < 30; round += 1) {
      sizes.add((await signSealSignature({ signer: owner.signer }, prepared)).length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
    expect(most - Math.min(...sizes)).toBeLessThan(8);
  });

  it("refuses a certificate that the seal was not made for", async () => {
    const wrong = { ...request, signerCertificate: stranger.certificate.raw };
    expect(await codeOf(() => prepareSealSignature(wrong))).toBe("signer-not-in-seal");
  });

  it("takes the signer from a list of digests too, if the digest is one we trust", async () => {
    const listed = async (algorithm: string, value: Uint8Array) => {
      const signers = { listType: 2, digests: [{ algorithm, value }] } as const;
      const seal = parseSeal(await forgeSeal(maker, { signers }));
      return codeOf(() => prepareSealSignature({ ...request, seal }));
    };
    const { raw } = owner.certificate;
    expect(await listed("SM3", digest("SM3", raw))).toBe("accepted");
    expect(await listed("1.2.156.10197.1.401", digest("SM3", raw))).toBe("accepted");
    expect(await listed("SHA256", digest("SHA-256", raw))).toBe("accepted");
    expect(await listed("SM3", digest("SHA-256", raw))).toBe("signer-not-in-seal");
    expect(await listed("MD5", digest("MD5", raw))).toBe("signer-not-in-seal");
    expect(await listed("SHA1", digest("SHA-1", raw))).toBe("signer-not-in-seal");
    expect(await listed("WHATEVER", digest("SM3", raw))).toBe("signer-not-in-seal");
  });

  it.each<[string, Partial<SealSignatureRequest>]>([
    ["a time before the seal's validity", { signedAt: new Date("2025-05-31T23:59:59Z") }],
    ["a time after the seal's validity", { signedAt: new Date("2035-06-01T00:00:01Z") }],
    ["a time that is none", { signedAt: new Date(Number.NaN) }],
    ["a hash of another length", { dataHash: new Uint8Array(20) }],
    ["property information that is not ASCII", { propertyInfo: "/文档/Signature.xml" }],
    ["a certificate that is none", { signerCertificate: new Uint8Array(3) }],
  ])("refuses %s", async (_, change) => {
    expect(await codeOf(() => prepareSealSignature({ ...request, ...change }))).toBe("seal-request-invalid");
  });

  it("refuses a signer whose certificate has expired", async () => {
    const validity = {
      notBefore: new Date("2020-01-01T00:00:00Z"),
      notAfter: new Date("2026-01-01T00:00:00Z"),
    };
    const expired = await authority.issue("seal-owner", "11000000000001", validity);
    const signers = { listType: 1, certificates: [expired.certificate.raw] } as const;
    const seal = parseSeal(await forgeSeal(maker, { signers }));
    const late = { ...request, seal, signerCertificate: expired.certificate.raw };
    expect(await codeOf(() => prepareSealSignature(late))).toBe("seal-request-invalid");
  });
});
