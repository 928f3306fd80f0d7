import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal, forgeSealSignature, smallestPicture } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes, utf8Of } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  element,
  generalizedTime,
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
import { sm2Verify } from "../sm2/index.ts";
import {
  completeStampedSealSignature,
  issueSeal,
  maximumSealSignatureBytes,
  parseSeal,
  parseSealSignature,
  prepareSeal,
  prepareSealSignature,
  SealError,
  sealVersions,
  signSealSignature,
} from "./index.ts";
import type { SealRequest, SealSigners, SealVersion } from "./index.ts";

let maker: TestIdentity;
let owner: TestIdentity;
let signers: SealSigners;

beforeAll(async () => {
  const authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  signers = { listType: 1, certificates: [owner.certificate.raw] };
});

const requestOf = (version: SealVersion): SealRequest => ({
  version,
  code: "11000000000001",
  name: "测试市审批局",
  type: 1,
  signerCertificates: [owner.certificate.raw],
  createdAt: new Date("2026-11-21T02:00:00Z"),
  validFrom: new Date("2026-11-21T02:00:00Z"),
  validUntil: new Date("2031-11-20T00:00:00Z"),
  picture: { type: "PNG", data: smallestPicture, widthMm: 42, heightMm: 42 },
  vendorId: "YINXIN",
  makerCertificate: maker.certificate.raw,
});

const codeOf = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (cause) {
    if (cause instanceof SealError) return cause.code;
    throw cause;
  }
  return "accepted";
};

/** Members of an element, to put an encoding together again with one of them changed. */
const membersOf = (der: Uint8Array): DerElement[] => [...parseDer(der).children];
const joined = (members: readonly (DerElement | Uint8Array)[]): Uint8Array =>
  sequence(...members.map((member) => (member instanceof Uint8Array ? member : member.raw)));
const memberAt = (der: Uint8Array, ...path: readonly number[]): DerElement =>
  path.reduce<DerElement>((parent, index) => {
    const child = parent.children[index];
    if (child === undefined) throw new Error("no such member");
    return child;
  }, parseDer(der));
const replaced = (der: Uint8Array, path: readonly number[], replacement: Uint8Array): Uint8Array => {
  const build = (item: DerElement, [index, ...rest]: readonly number[]): Uint8Array =>
    index === undefined
      ? replacement
      : element(
          item.tag,
          ...item.children.map((child, at) => (at === index ? build(child, rest) : child.raw)),
        );
  return build(parseDer(der), path);
};

const signatureRequest = (seal: Uint8Array) => ({
  seal: parseSeal(seal),
  signerCertificate: owner.certificate.raw,
  dataHash: new Uint8Array(32).fill(7),
  propertyInfo: "/Doc_0/Signs/Sign_0/Signature.xml",
  signedAt: new Date("2026-12-01T00:00:00Z"),
});

describe.each(sealVersions)("version %s", (version) => {
  it("is made, signed by the maker over the bytes of its edition, and read back", async () => {
    const der = await issueSeal({ maker: maker.signer }, prepareSeal(requestOf(version)));
    const seal = parseSeal(der, { profile: "strict" });
    expect(seal.info.header.version).toBe(version);
    expect(seal.quirks).toEqual([]);
    expect(sm2Verify(maker.certificate.publicKey, seal.signedBytes, seal.signature)).toBe(true);
    expect(seal.info.property).toMatchObject({
      name: "测试市审批局",
      signers,
      validUntil: new Date("2031-11-20T00:00:00Z"),
    });
  });

  it("is put on a document, and the signature is over TBS_Sign as it stands", async () => {
    const seal = await issueSeal({ maker: maker.signer }, prepareSeal(requestOf(version)));
    const prepared = prepareSealSignature(signatureRequest(seal));
    const signature = parseSealSignature(await signSealSignature({ signer: owner.signer }, prepared));
    expect(signature.toBeSigned).toMatchObject({
      version,
      time: new Date("2026-12-01T00:00:00Z"),
      dataHash: new Uint8Array(32).fill(7),
      propertyInfo: "/Doc_0/Signs/Sign_0/Signature.xml",
    });
    expect(signature.toBeSigned.seal.raw).toEqual(seal);
    expect(signature.signerCertificate).toEqual(owner.certificate.raw);
    const { toBeSigned, signature: value } = signature;
    expect(sm2Verify(owner.certificate.publicKey, toBeSigned.raw, value)).toBe(true);
    expect(toBeSigned.raw).toEqual(memberAt(signature.raw, 0).raw);
  });
});

describe("version 1 (GM/T 0031-2014)", () => {
  it("covers the maker's certificate and the algorithm too, as they stand in the file", async () => {
    const der = await forgeSeal(maker, { version: 1, signers });
    const [info, signing] = membersOf(der);
    const [certificate, algorithm] = signing?.children ?? [];
    expect(parseSeal(der).signedBytes).toEqual(
      sequence(
        info?.raw ?? new Uint8Array(),
        certificate?.raw ?? new Uint8Array(),
        algorithm?.raw ?? new Uint8Array(),
      ),
    );
  });

  it("writes UTCTime, and no type of the list", async () => {
    const der = await forgeSeal(maker, { version: 1, signers });
    const property = memberAt(der, 0, 2).children.map(({ tag }) => tag);
    expect(property).toEqual([
      tags.integer,
      tags.utf8String,
      tags.sequence,
      tags.utcTime,
      tags.utcTime,
      tags.utcTime,
    ]);
  });

  it("is known by its shape, whatever the number in its header", async () => {
    const der = replaced(await forgeSeal(maker, { version: 1, signers }), [0, 0, 1], smallInteger(2));
    const seal = parseSeal(der);
    expect(seal.info.header.version).toBe(1);
    expect(seal.quirks).toEqual([{ code: "header-version", where: "seal.header" }]);
  });

  it("reads certificates that stand without their OCTET STRING, and names each", async () => {
    const der = await forgeSeal(maker, { version: 1, signers });
    const bare = parseSeal(replaced(der, [0, 2, 2], sequence(owner.certificate.raw)));
    expect(bare.info.property.signers).toEqual(signers);
    expect(bare.quirks).toEqual([{ code: "certificate-not-wrapped", where: "seal.signers[0]" }]);
  });

  it("reads a list of texts, which no certificate equals", async () => {
    const der = await forgeSeal(maker, { version: 1, signers });
    const text = parseSeal(replaced(der, [0, 2, 2], sequence(ia5String("zhangsan"))));
    expect(text.info.property.signers).toEqual({ listType: 1, certificates: [utf8Of("zhangsan")] });
    expect(text.quirks).toEqual([{ code: "signer-list-text", where: "seal.signers[0]" }]);
  });

  it("reads GeneralizedTime in the place of UTCTime, and names it", async () => {
    const der = await forgeSeal(maker, { version: 1, signers });
    const late = generalizedTime(new Date("2060-01-01T00:00:00Z"));
    const seal = parseSeal(replaced(der, [0, 2, 5], late));
    expect(seal.info.property.validUntil).toEqual(new Date("2060-01-01T00:00:00Z"));
    expect(seal.quirks).toEqual([{ code: "time-type", where: "seal" }]);
  });

  it("refuses to be made for a time that UTCTime cannot say", async () => {
    const request = { ...requestOf(1), validUntil: new Date("2050-01-01T00:00:00Z") };
    expect(await codeOf(() => prepareSeal(request))).toBe("seal-request-invalid");
  });

  const moment = new Date("2026-11-21T02:02:11Z");
  it.each([
    ["an encoded GeneralizedTime", generalizedTime(moment)],
    ["an encoded UTCTime", utcTime(moment)],
    ["the digits of a GeneralizedTime", utf8Of("20261121020211Z")],
    ["the digits of a UTCTime", utf8Of("261121020211Z")],
    ["digits with a fraction", utf8Of("20261121020211.0Z")],
    ["digits with a zone", utf8Of("20261121100211+0800")],
  ])("reads its free-form time as %s", async (_what, octets) => {
    const seal = await forgeSeal(maker, { version: 1, signers });
    const der = await forgeSealSignature(owner, {
      seal,
      version: 1,
      dataHash: new Uint8Array(32),
      propertyInfo: "x",
    });
    const read = parseSealSignature(replaced(der, [0, 2], bitString(octets))).toBeSigned;
    expect(read.time).toEqual(moment);
    expect(read.timeToken).toBeUndefined();
  });

  it.each(["2026-11-21 10:02:11", "20261121100211", "2026/11/21 10:02:11"])(
    "reads %s, which has no zone, as of Beijing, and names it",
    async (text) => {
      const seal = await forgeSeal(maker, { version: 1, signers });
      const wishes = { seal, version: 1, dataHash: new Uint8Array(32), propertyInfo: "x" };
      const der = await forgeSealSignature(owner, wishes);
      const read = parseSealSignature(replaced(der, [0, 2], bitString(utf8Of(text))));
      expect(read.toBeSigned.time).toEqual(moment);
      expect(read.quirks).toEqual([{ code: "time-local", where: "signature.time" }]);
    },
  );

  it("hands on a token in the place of the time, and refuses what is no time", async () => {
    const seal = await forgeSeal(maker, { version: 1, signers });
    const der = await forgeSealSignature(owner, {
      seal,
      version: 1,
      dataHash: new Uint8Array(32),
      propertyInfo: "x",
    });
    const token = sequence(oid("1.2.840.113549.1.7.2"));
    expect(parseSealSignature(replaced(der, [0, 2], bitString(token))).toBeSigned.timeToken).toEqual(token);
    for (const text of ["", "tomorrow", "20261121", "2026-02-30 10:00:00", "2026-11-21 25:00:00"]) {
      const changed = replaced(der, [0, 2], bitString(utf8Of(text)));
      expect(await codeOf(() => parseSealSignature(changed)), text).toBe("seal-format");
    }
  });
});

describe("version 5 (GM/T 0031-2025)", () => {
  const token = sequence(oid("1.2.3"));

  it("carries a time stamp over the maker's value, asked for after the value is there and right", async () => {
    const asked: Uint8Array[] = [];
    const timeStamper = (message: Uint8Array): Promise<Uint8Array> => {
      asked.push(message);
      return Promise.resolve(token);
    };
    const seal = parseSeal(await issueSeal({ maker: maker.signer, timeStamper }, prepareSeal(requestOf(5))));
    expect(seal.timeStamp).toEqual(token);
    expect(asked).toEqual([seal.signatureAsWritten]);
  });

  it("is the only version whose seal has one", async () => {
    const timeStamper = (): Promise<Uint8Array> => Promise.resolve(token);
    for (const version of [1, 4] as const) {
      const issued = issueSeal({ maker: maker.signer, timeStamper }, prepareSeal(requestOf(version)));
      await expect(issued).rejects.toMatchObject({ code: "seal-version-unsupported" });
    }
    const four = await forgeSeal(maker, { version: 4, signers });
    const stamped = joined([...membersOf(four), contextExplicit(0, bitString(token))]);
    expect(await codeOf(() => parseSeal(stamped))).toBe("seal-format");
  });

  it("has room announced for the time stamp of a seal signature", async () => {
    const seal = await issueSeal({ maker: maker.signer }, prepareSeal(requestOf(5)));
    const prepared = prepareSealSignature(signatureRequest(seal));
    const value = await owner.signer.sign({ message: prepared.toBeSigned });
    const big = new Uint8Array(3000);
    const timeStamper = (): Promise<Uint8Array> => Promise.resolve(big);
    const der = await completeStampedSealSignature({ timeStamper }, prepared, value);
    expect(parseSealSignature(der).timeStamp).toEqual(big);
    expect(der.length).toBeLessThanOrEqual(maximumSealSignatureBytes(prepared, big.length));
    expect(maximumSealSignatureBytes(prepared)).toBeLessThan(der.length);
  });

  it("gives nothing out when the time stamp cannot be had", async () => {
    const timeStamper = (): Promise<Uint8Array> => Promise.reject(new Error("no authority"));
    const issued = issueSeal({ maker: maker.signer, timeStamper }, prepareSeal(requestOf(5)));
    await expect(issued).rejects.toThrow("no authority");
  });
});

describe("a seal signature of version 1", () => {
  it("has no room for a time stamp", async () => {
    const seal = await issueSeal({ maker: maker.signer }, prepareSeal(requestOf(1)));
    const prepared = prepareSealSignature(signatureRequest(seal));
    const timeStamper = (): Promise<Uint8Array> => Promise.resolve(sequence());
    const made = signSealSignature({ signer: owner.signer, timeStamper }, prepared);
    await expect(made).rejects.toMatchObject({ code: "seal-version-unsupported" });
  });
});

describe("seals of the field", () => {
  it("may have their extensions under a [0]", async () => {
    const extensions = [
      { oid: "1.2.156.10197.6.7.2.2.1", isCritical: false, value: octetString(utf8Of("2.1")) },
    ];
    const der = await forgeSeal(maker, { signers, extensions });
    const plain = memberAt(der, 0, 4).raw;
    const seal = parseSeal(replaced(der, [0, 4], contextExplicit(0, plain)));
    expect(seal.info.extensions).toEqual(extensions);
    expect(seal.quirks).toEqual([{ code: "extensions-tagged", where: "seal" }]);
  });

  it("are read in BER under the lenient profile, each departure named, and not under the strict one", async () => {
    const der = await forgeSeal(maker, { signers });
    const [info, certificate, algorithm, value] = membersOf(der);
    const body = concatBytes(
      ...[info, certificate, algorithm, value].map((member) => member?.raw ?? new Uint8Array()),
    );
    const indefinite = concatBytes(Uint8Array.of(0x30, 0x80), body, Uint8Array.of(0, 0));
    expect(parseSeal(indefinite).quirks).toEqual([{ code: "ber-indefinite-length", where: "byte 1" }]);
    expect(parseSeal(indefinite).signedBytes).toEqual(info?.raw);
    expect(await codeOf(() => parseSeal(indefinite, { profile: "strict" }))).toBe("seal-format");
  });

  it.each([0, 2, 3, 6, 99])(
    "of version %s in the shape of version 4 are of an edition nobody knows",
    async (number) => {
      const der = replaced(await forgeSeal(maker, { signers }), [0, 0, 1], smallInteger(number));
      expect(await codeOf(() => parseSeal(der))).toBe("seal-version-unsupported");
    },
  );

  it("without a header are no seals", async () => {
    for (const bad of [sequence(), sequence(sequence()), sequence(sequence(sequence()), sequence())]) {
      expect(await codeOf(() => parseSeal(bad))).toBe("seal-format");
    }
  });
});
