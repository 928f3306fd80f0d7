import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  element,
  ia5String,
  octetString,
  oid,
  parseDer,
  sequence,
  smallInteger,
  tags,
  utcTime,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { rawOfDerSignature } from "../sm2/index.ts";
import { maximumSealBytes, parseSeal, parseSealSignature, SealError } from "./index.ts";

let maker: TestIdentity;
let signer: TestIdentity;
let sealDer: Uint8Array;
let signatureDer: Uint8Array;

beforeAll(async () => {
  const authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  signer = await authority.issue("seal-owner", "11000000000001");
  sealDer = await forgeSeal(maker, { signers: { listType: 1, certificates: [signer.certificate.raw] } });
  signatureDer = await forgeSealSignature(signer, {
    seal: sealDer,
    dataHash: new Uint8Array(32),
    propertyInfo: "/Doc_0/Signs/Sign_0/Signature.xml",
  });
});

function codeOf(parse: () => unknown): string {
  try {
    parse();
  } catch (cause) {
    if (cause instanceof SealError) return cause.code;
    throw cause;
  }
  return "accepted";
}

/** The encoding with one member, found by its path of indices, replaced. */
function withMember(der: Uint8Array, path: readonly number[], replacement: Uint8Array): Uint8Array {
  const build = (item: DerElement, [index, ...rest]: readonly number[]): Uint8Array => {
    if (index === undefined) return replacement;
    const members = item.children.map((child, at) => (at === index ? build(child, rest) : child.raw));
    return element(item.tag, ...members);
  };
  return build(parseDer(der), path);
}

/** The encoding with one member appended to the element at the path. */
function withAppended(der: Uint8Array, path: readonly number[], member: Uint8Array): Uint8Array {
  const target = path.reduce((item: DerElement, index) => item.children[index] ?? item, parseDer(der));
  return withMember(der, path, element(target.tag, target.contents, member));
}

const infoPath = [0];
const property = [0, 2];

describe("parseSeal", () => {
  it("reads every member of a version 4 seal and keeps the bytes that were signed", () => {
    const seal = parseSeal(sealDer);
    expect(seal.raw).toEqual(sealDer);
    expect(seal.info).toMatchObject({
      header: { id: "ES", version: 4, vendorId: "YINXIN" },
      code: "11000000000001",
      property: {
        type: 1,
        name: "测试市审批局",
        signers: { listType: 1, certificates: [signer.certificate.raw] },
        validUntil: new Date("2035-06-01T00:00:00Z"),
      },
      picture: { type: "PNG", widthMm: 42, heightMm: 42 },
    });
    expect(seal.info.raw).toEqual(parseDer(sealDer).children[0]?.raw);
    expect(seal.makerCertificate).toEqual(maker.certificate.raw);
    expect(seal.quirks).toEqual([]);
  });

  it("reads a list of certificate digests (certListType 2)", async () => {
    const signers = { listType: 2, digests: [{ algorithm: "SM3", value: new Uint8Array(32) }] } as const;
    const seal = parseSeal(await forgeSeal(maker, { signers }));
    expect(seal.info.property.signers).toEqual(signers);
  });

  it("refuses bytes behind the seal, a cut seal, and too many bytes", () => {
    expect(codeOf(() => parseSeal(concatBytes(sealDer, Uint8Array.of(0))))).toBe("seal-format");
    expect(codeOf(() => parseSeal(sealDer.subarray(0, -1)))).toBe("seal-format");
    expect(codeOf(() => parseSeal(new Uint8Array(maximumSealBytes + 1)))).toBe("seal-format");
  });

  it.each([
    ["another ID than ES", [0, 0, 0], ia5String("EX")],
    ["a certListType that is neither 1 nor 2", [...property, 2], smallInteger(3)],
    [
      "a UTCTime where version 4 has GeneralizedTime",
      [...property, 4],
      utcTime(new Date("2025-01-01T00:00:00Z")),
    ],
    ["a certificate that is not in an OCTET STRING", [1], bitString(new Uint8Array(3))],
    ["a name that is not UTF-8", [...property, 1], element(tags.utf8String, Uint8Array.of(0xff))],
    ["a signature value that is neither DER nor r ‖ s", [3], bitString(new Uint8Array(63))],
    ["a signature BIT STRING with unused bits", [3], element(tags.bitString, Uint8Array.of(1, 2))],
  ])("refuses %s", (_, path, replacement) => {
    expect(codeOf(() => parseSeal(withMember(sealDer, path, replacement)))).toBe("seal-format");
  });

  it("refuses a member too many, wherever it stands", () => {
    for (const path of [[], [0, 0], property, [0, 3]]) {
      const changed = withAppended(sealDer, path, smallInteger(0));
      expect(
        codeOf(() => parseSeal(changed)),
        path.join("/"),
      ).toBe("seal-format");
    }
    const twice = withAppended(withAppended(sealDer, infoPath, sequence()), infoPath, sequence());
    expect(codeOf(() => parseSeal(twice))).toBe("seal-format");
  });

  it("accepts an extension that writes critical FALSE out, and names the quirk (X.690 §11.5)", () => {
    const extension = sequence(
      oid("1.2.3"),
      element(tags.boolean, Uint8Array.of(0)),
      octetString(new Uint8Array(1)),
    );
    const seal = parseSeal(withAppended(sealDer, infoPath, sequence(extension)));
    expect(seal.info.extensions).toEqual([{ oid: "1.2.3", isCritical: false, value: new Uint8Array(1) }]);
    expect(seal.quirks).toEqual([{ code: "bool-false-explicit", where: "seal.extensions[0]" }]);
  });

  it("accepts r ‖ s as signature value, and names the quirk", () => {
    const { signature } = parseSeal(sealDer);
    const seal = parseSeal(withMember(sealDer, [3], bitString(rawOfDerSignature(signature))));
    expect(seal.signature).toEqual(signature);
    expect(seal.quirks).toEqual([{ code: "raw-signature", where: "seal" }]);
  });

  it("reads the misprinted OID of SM2-with-SM3 as the right one, and names the quirk", async () => {
    const signers = { listType: 1, certificates: [] } as const;
    const seal = parseSeal(await forgeSeal(maker, { signers, algorithmOid: "1.2.156.10197.501" }));
    expect(seal.signatureAlgorithmOid).toBe("1.2.156.10197.1.501");
    expect(seal.quirks).toEqual([{ code: "signature-oid-short", where: "seal" }]);
  });
});

describe("parseSealSignature", () => {
  it("reads every member and the seal inside", () => {
    const signature = parseSealSignature(signatureDer);
    expect(signature.toBeSigned).toMatchObject({
      version: 4,
      time: new Date("2026-11-21T02:02:11Z"),
      dataHash: new Uint8Array(32),
      propertyInfo: "/Doc_0/Signs/Sign_0/Signature.xml",
    });
    expect(signature.toBeSigned.raw).toEqual(parseDer(signatureDer).children[0]?.raw);
    expect(signature.toBeSigned.seal.raw).toEqual(sealDer);
    expect(signature.signerCertificate).toEqual(signer.certificate.raw);
    expect(signature).not.toHaveProperty("timeStamp");
  });

  it("reads a time stamp without looking into it", () => {
    const token = Uint8Array.of(1, 2, 3);
    const stamped = withAppended(signatureDer, [], contextExplicit(0, bitString(token)));
    expect(parseSealSignature(stamped).timeStamp).toEqual(token);
  });

  it("refuses bytes behind it, an empty [0], two elements in [0], and a member too many", () => {
    const two = concatBytes(bitString(new Uint8Array(1)), bitString(new Uint8Array(1)));
    for (const bad of [
      concatBytes(signatureDer, Uint8Array.of(0)),
      withAppended(signatureDer, [], contextExplicit(0, new Uint8Array())),
      withAppended(signatureDer, [], contextExplicit(0, two)),
      withAppended(signatureDer, [0], smallInteger(0)),
      withAppended(withAppended(signatureDer, [], contextExplicit(0, two)), [], smallInteger(0)),
    ]) {
      expect(codeOf(() => parseSealSignature(bad))).toBe("seal-format");
    }
  });

  it("refuses a data hash that is no SM3 value: it would come into every report, however long", () => {
    for (const length of [0, 31, 33, 100_000]) {
      const changed = withMember(signatureDer, [0, 3], bitString(new Uint8Array(length)));
      expect(codeOf(() => parseSealSignature(changed))).toBe("seal-format");
    }
  });

  it("refuses texts that no report has room for, in the seal and around it", () => {
    const long = ia5String("x".repeat(1025));
    expect(codeOf(() => parseSealSignature(withMember(signatureDer, [0, 4], long)))).toBe("seal-format");
    expect(codeOf(() => parseSeal(withMember(sealDer, [0, 1], long)))).toBe("seal-format");
    expect(codeOf(() => parseSeal(withMember(sealDer, [0, 1], ia5String("x".repeat(1024)))))).toBe(
      "accepted",
    );
  });

  it("passes on the quirks of the seal inside", () => {
    const raw = rawOfDerSignature(parseSeal(sealDer).signature);
    const changed = withMember(signatureDer, [0, 1, 3], bitString(raw));
    expect(parseSealSignature(changed).quirks).toEqual([{ code: "raw-signature", where: "seal" }]);
  });
});
