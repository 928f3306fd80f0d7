import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestIdentity } from "../../testing/test-authority.ts";
import { utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import {
  encodeSealSignature,
  encodeSealSignatureContent,
  isSignerInSeal,
  parseSeal,
  parseSealSignature,
  SealError,
} from "./index.ts";
import { readFreeFormTime } from "./free-form-time.ts";
import type { SealVersion } from "./index.ts";

let owner: TestIdentity;
let maker: TestIdentity;

beforeAll(async () => {
  const authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
});

/** A seal signature of the shape of one edition around a seal of another; its value is anything. */
async function mixed(shape: SealVersion, sealVersion: SealVersion): Promise<Uint8Array> {
  const signerCertificate = owner.certificate.raw;
  const signatureAlgorithmOid = "1.2.156.10197.1.501";
  const signers = { listType: 1, certificates: [signerCertificate] } as const;
  const raw = await forgeSeal(maker, { version: sealVersion, signers });
  const toBeSigned = encodeSealSignatureContent({
    version: shape,
    seal: { raw },
    time: new Date("2026-03-01T08:00:00Z"),
    dataHash: new Uint8Array(32),
    propertyInfo: "data",
    signerCertificate,
    signatureAlgorithmOid,
  });
  const signature = await owner.signer.sign({ message: toBeSigned });
  return encodeSealSignature({
    version: shape,
    toBeSigned,
    signerCertificate,
    signatureAlgorithmOid,
    signature,
  });
}

describe("a seal signature of one edition around a seal of another", () => {
  it("is no structure of any standard, and refused", async () => {
    for (const [shape, seal] of [
      [1, 4],
      [1, 5],
      [4, 1],
      [5, 1],
    ] as const) {
      const der = await mixed(shape, seal);
      expect(() => parseSealSignature(der), `${String(shape)} ${String(seal)}`).toThrow(
        expect.objectContaining({ code: "seal-format" }),
      );
    }
    expect(parseSealSignature(await mixed(1, 1)).toBeSigned.seal.info.header.version).toBe(1);
  });
});

describe("the digits of a UTCTime in the place of the time", () => {
  it("are not read as those of a GeneralizedTime without seconds", () => {
    expect(readFreeFormTime(utf8Of("200112100930Z"), 0).time.toISOString()).toBe("2020-01-12T10:09:30.000Z");
  });
});

describe("a time at the edge of what can be written", () => {
  it("is refused where its zone moves it beyond the years 0 to 9999", () => {
    for (const text of ["99991231235959-0100", "99991231200000-2300"]) {
      expect(() => readFreeFormTime(utf8Of(text), 0), text).toThrow(SealError);
    }
  });
});

describe("a list of thousands of digests", () => {
  it("digests the certificate once, however large that is", async () => {
    const entry = { algorithm: "SM3", value: new Uint8Array(32) };
    const certificate = new Uint8Array(1024 * 1024);
    const digests = [
      ...Array.from({ length: 5_000 }, () => entry),
      { algorithm: "SM3", value: digest("SM3", certificate) },
    ];
    const seal = parseSeal(await forgeSeal(maker, { signers: { listType: 2, digests } }));
    // One after the other they would be five gigabytes, and no test may take so long.
    expect(isSignerInSeal(seal, certificate)).toBe(true);
  });
});
