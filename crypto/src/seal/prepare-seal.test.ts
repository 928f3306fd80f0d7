import { beforeAll, describe, expect, it } from "vitest";

import { smallestPicture } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes } from "../bytes/index.ts";
import { issueCertificate } from "../issuing/index.ts";
import type { Signer } from "../signer/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import { rawOfDerSignature, sm2Verify } from "../sm2/index.ts";
import { issueSeal, parseSeal, prepareSeal, SealError } from "./index.ts";
import type { SealRequest } from "./index.ts";

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let request: SealRequest;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  request = {
    code: "11000000000001",
    name: "测试市审批局",
    type: 1,
    signerCertificates: [owner.certificate.raw],
    createdAt: new Date("2026-11-21T02:00:00.789Z"),
    validFrom: new Date("2026-11-21T02:00:00Z"),
    validUntil: new Date("2031-11-20T00:00:00Z"),
    picture: { type: "PNG", data: smallestPicture, widthMm: 42, heightMm: 42 },
    vendorId: "YINXIN",
    makerCertificate: maker.certificate.raw,
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

describe("making a seal", () => {
  it("gives a seal that says what was asked, signed by the maker", async () => {
    const seal = parseSeal(await issueSeal({ maker: maker.signer }, prepareSeal(request)));
    expect(seal.info).toMatchObject({ code: request.code, picture: request.picture });
    expect(seal.info.property).toMatchObject({
      name: "测试市审批局",
      signers: { listType: 1, certificates: [owner.certificate.raw] },
      createdAt: new Date("2026-11-21T02:00:00Z"),
      validUntil: request.validUntil,
    });
    expect(sm2Verify(maker.signer.publicKey, seal.info.raw, seal.signature)).toBe(true);
    expect(seal.quirks).toEqual([]);
  });

  it("writes DER when the maker's device answers with r ‖ s", async () => {
    const device: Signer = {
      ...maker.signer,
      sign: async (input) => rawOfDerSignature(await maker.signer.sign(input)),
    };
    expect(parseSeal(await issueSeal({ maker: device }, prepareSeal(request))).quirks).toEqual([]);
  });

  it("does not compile in the wrong order, nor with something that only looks prepared", () => {
    const lookalike = { toBeSigned: new Uint8Array(), makerCertificate: maker.certificate };
    // @ts-expect-error a request is not a prepared seal
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the mistake is the test
    const unprepared = () => issueSeal({ maker: maker.signer }, request);
    // @ts-expect-error an object of the same shape is not one either
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the mistake is the test
    const imitated = () => issueSeal({ maker: maker.signer }, lookalike);
    expect([unprepared, imitated]).toHaveLength(2);
  });

  it("refuses a key that is not the one in the maker's certificate", async () => {
    const prepared = prepareSeal(request);
    expect(await codeOf(() => issueSeal({ maker: owner.signer }, prepared))).toBe("key-mismatch");
  });

  it("lets no seal out when the device answers with something else than its signature", async () => {
    const prepared = prepareSeal(request);
    const answers = [
      () => owner.signer.sign({ message: prepared.toBeSigned }),
      () => maker.signer.sign({ message: new Uint8Array(3) }),
      () => Promise.resolve(new Uint8Array(10)),
    ];
    for (const sign of answers) {
      const device: Signer = { ...maker.signer, sign };
      expect(await codeOf(() => issueSeal({ maker: device }, prepared))).toBe("signature-wrong");
    }
  });

  it.each<[string, () => Partial<SealRequest>]>([
    ["an empty code", () => ({ code: "" })],
    ["a code with a space", () => ({ code: "1100 0000" })],
    ["a code that is not ASCII", () => ({ code: "印章一" })],
    ["a blank name", () => ({ name: "  " })],
    ["a name that turns the text around it", () => ({ name: "审批\u202e局" })],
    ["a name that is too long", () => ({ name: "局".repeat(201) })],
    ["a vendor id that is not ASCII", () => ({ vendorId: "印信" })],
    ["a type that is no number of the list", () => ({ type: 100 })],
    ["a validity that ends before it begins", () => ({ validFrom: new Date("2032-01-01T00:00:00Z") })],
    [
      "a validity that ends before the seal is made",
      () => ({ validFrom: new Date("2024-01-01T00:00:00Z"), validUntil: new Date("2025-01-01T00:00:00Z") }),
    ],
    ["a time that is none", () => ({ createdAt: new Date(Number.NaN) })],
    ["a face that is no PNG", () => ({ picture: { ...request.picture, data: new Uint8Array(20) } })],
    ["a face of another type", () => ({ picture: { ...request.picture, type: "ofd" } })],
    ["a face of half a millimetre", () => ({ picture: { ...request.picture, widthMm: 42.5 } })],
    ["a face as large as a table", () => ({ picture: { ...request.picture, heightMm: 420 } })],
    [
      "a face of a megabyte",
      () => ({
        picture: { ...request.picture, data: concatBytes(smallestPicture, new Uint8Array(2 ** 20)) },
      }),
    ],
    ["no signer", () => ({ signerCertificates: [] })],
    ["the same signer twice", () => ({ signerCertificates: [owner.certificate.raw, owner.certificate.raw] })],
    ["a signer's certificate that is none", () => ({ signerCertificates: [new Uint8Array(4)] })],
    [
      "too many signers",
      () => ({ signerCertificates: new Array<Uint8Array>(33).fill(owner.certificate.raw) }),
    ],
    ["a maker whose key may not sign documents", () => ({ makerCertificate: authority.certificate.raw })],
  ])("refuses %s", async (_, change) => {
    expect(await codeOf(() => prepareSeal({ ...request, ...change() }))).toBe("seal-request-invalid");
  });

  it("refuses a maker whose certificate is not valid when the seal is made", async () => {
    const validity = {
      notBefore: new Date("2020-01-01T00:00:00Z"),
      notAfter: new Date("2021-01-01T00:00:00Z"),
    };
    const expired = await authority.issue("seal-maker", "Old Maker", validity);
    const late = { ...request, makerCertificate: expired.certificate.raw };
    expect(await codeOf(() => prepareSeal(late))).toBe("seal-request-invalid");
  });

  it("refuses a key that is not SM2", async () => {
    const { certificate } = await issuedWithP256();
    expect(await codeOf(() => prepareSeal({ ...request, signerCertificates: [certificate] }))).toBe(
      "key-mismatch",
    );
  });
});

async function issuedWithP256(): Promise<{ certificate: Uint8Array }> {
  const { publicKey } = createSoftwareSigner(generateKey("ES256").pkcs8);
  const certificate = await issueCertificate({
    profile: "signer",
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "Test" },
      { type: "CN", value: "P-256" },
    ],
    publicKey,
    issuer: { signer: authority.signer, certificate: authority.certificate },
    serialNumber: new Uint8Array(8).fill(7),
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2027-01-01T00:00:00Z"),
  });
  return { certificate };
}
