import { describe, expect, it } from "vitest";

import { extensions, fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import { createTestHierarchy, hierarchyValidity } from "../../testing/test-hierarchy.ts";
import { bytesOfHex, hexOf } from "../bytes/index.ts";
import { bitString, element, oid, sequence, setOf, utf8String } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { SignerError } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { attributeOf, parseCertificate } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { certificateProfiles, issueCertificate, IssuingError, keyIdentifierOf, profileOf } from "./index.ts";
import type { CertificateProfileName, CertificateToIssue, NameInput } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const sm2 = await createTestHierarchy("SM2");
const { root, authority, signer: system } = await createTestHierarchy("ES256");

const subject: NameInput = [
  { type: "C", value: "CN" },
  { type: "O", value: "某局" },
  { type: "CN", value: "张三" },
];
const ownerName: NameInput = [
  { type: "C", value: "CN" },
  { type: "O", value: "11440100MB2C00001X某市政务服务局" },
  { type: "CN", value: "44010000000001" },
];
const wanted: CertificateToIssue = {
  profile: "signer",
  subject,
  publicKey: newSigner("ES256").publicKey,
  issuer: authority,
  serialNumber: new Uint8Array(16).fill(9),
  ...hierarchyValidity,
};

const issued = async (change: Partial<CertificateToIssue>): Promise<Certificate> =>
  parseCertificate(await issueCertificate({ ...wanted, ...change }));

async function codeOf(change: Partial<CertificateToIssue>): Promise<string> {
  try {
    await issued(change);
  } catch (cause) {
    if (cause instanceof IssuingError) return cause.code;
    throw cause;
  }
  return "issued";
}

describe("a profile", () => {
  it.each(Object.keys(certificateProfiles) as CertificateProfileName[])(
    "%s decides what the certificate is for",
    async (name) => {
      const profile = profileOf(name);
      const self = newSigner("SM2");
      const options =
        profile.needsAlternativeName === true ? { alternativeNames: [{ dns: "a.example" }] } : {};
      const certificate = profile.isSelfSigned
        ? await issued({ profile: name, publicKey: self.publicKey, issuer: { signer: self } })
        : await issued({ profile: name, issuer: root, subject: ownerName, options });
      expect(certificate.keyUsage).toEqual(new Set(profile.keyUsage));
      expect(certificate.basicConstraints).toEqual(
        profile.authority === undefined ? undefined : { isCa: true, ...profile.authority },
      );
      expect(certificate.extendedKeyUsage ?? []).toEqual(profile.extendedKeyUsage);
      const critical = certificate.extensions.filter(({ isCritical }) => isCritical).map(({ oid: id }) => id);
      expect(critical).toEqual([
        ...(profile.authority === undefined ? [] : ["2.5.29.19"]),
        "2.5.29.15",
        ...(profile.isExtendedKeyUsageCritical === true ? ["2.5.29.37"] : []),
      ]);
      expect(certificate.extensions.some(({ oid: id }) => id === "1.3.6.1.5.5.7.48.1.5")).toBe(
        profile.hasNoCheck === true,
      );
    },
  );

  it("seal-owner carries the seal code as CN and the unit with its credit code as O", () => {
    const { subject: owner } = sm2.sealOwner.certificate;
    expect(attributeOf(owner, "CN")).toBe("44010000000001");
    expect(owner.text).toBe("CN=44010000000001, O=11440100MB2C00001X某市政务服务局, C=CN");
  });
});

describe("an issued certificate", () => {
  it("has the members that were asked for", async () => {
    const certificate = await issued({});
    expect(certificate).toMatchObject({ ...hierarchyValidity, serialNumber: "09".repeat(16) });
    expect(certificate.subject.text).toBe("CN=张三, O=某局, C=CN");
    expect(hexOf(certificate.issuer.raw)).toBe(hexOf(authority.certificate.subject.raw));
  });

  it("drops fractions of seconds", async () => {
    const { notBefore } = await issued({ notBefore: new Date("2026-03-04T05:06:07.999Z") });
    expect(notBefore.toISOString()).toBe("2026-03-04T05:06:07.000Z");
  });

  it("may end with its authority when both were asked for with the same fraction of a second", async () => {
    const notAfter = new Date("2056-01-01T00:00:00.900Z");
    expect((await issued({ notAfter })).notAfter).toEqual(authority.certificate.notAfter);
    expect(await codeOf({ notAfter: new Date("2056-01-01T00:00:01.000Z") })).toBe("validity-invalid");
  });

  it.each([
    ["ff".repeat(16), `00${"ff".repeat(16)}`],
    [`0000${"01".repeat(8)}`, "01".repeat(8)],
    [`7f${"00".repeat(19)}`, `7f${"00".repeat(19)}`],
  ])("reads the octets %s of the serial number as a positive number", async (octets, serialNumber) => {
    expect((await issued({ serialNumber: bytesOfHex(octets) })).serialNumber).toBe(serialNumber);
  });

  it.each([
    [
      "an old string type",
      sequence(setOf(sequence(oid("2.5.4.3"), element(0x14, Uint8Array.of(0x61, 0xfc))))),
    ],
    ["a value that is no string", sequence(setOf(sequence(oid("2.5.4.3"), sequence())))],
    [
      "two attributes in one place, in the wrong order",
      sequence(element(0x31, ...["2.5.4.10", "2.5.4.3"].map(oneAttribute))),
    ],
  ])("repeats its issuer's name byte for byte, also with %s", async (_what, name) => {
    const odd = await fabricate({ subject: name, extensions: [extensions.authority()] });
    const certificate = await issued({ issuer: odd, notAfter: odd.certificate.notAfter });
    expect(hexOf(certificate.issuer.raw)).toBe(hexOf(name));
  });

  function oneAttribute(type: string): Uint8Array {
    return sequence(oid(type), utf8String("x"));
  }

  it("identifies a key by 160 bits of its own algorithm's digest (RFC 7093 §2)", () => {
    const { publicKey } = sm2.root.certificate;
    expect(keyIdentifierOf(publicKey)).toEqual(digest("SM3", publicKey.subarray(-65)).subarray(0, 20));
    const p256 = root.certificate.publicKey;
    expect(keyIdentifierOf(p256)).toEqual(digest("SHA-256", p256.subarray(-65)).subarray(0, 20));
  });
});

describe("nothing is issued", () => {
  const lookAlike = newSigner("ES256");
  const long = (value: string): NameInput => [...subject.slice(0, 2), { type: "CN", value }];

  it.each<[string, Partial<CertificateToIssue>, string]>([
    ["for an empty name", { subject: [] }, "name-invalid"],
    ["without an attribute that the profile needs", { subject: subject.slice(0, 2) }, "name-invalid"],
    ["for an empty value", { subject: long("") }, "name-invalid"],
    ["for a CN of 65 characters", { subject: long("印".repeat(65)) }, "name-invalid"],
    ["for a value padded with spaces", { subject: long(" a") }, "name-invalid"],
    ["for a value with a line break", { subject: long("a\nb") }, "name-invalid"],
    ["for a value that turns the writing direction", { subject: long("a\u202eb") }, "name-invalid"],
    ["for half a surrogate pair", { subject: long("\ud840") }, "name-invalid"],
    [
      "for a country that is no code",
      { subject: [{ type: "C", value: "China" }, ...subject.slice(1)] },
      "name-invalid",
    ],
    [
      "for an e-mail address that is none",
      { subject: [...subject, { type: "E", value: "a b" }] },
      "name-invalid",
    ],
    [
      "for 17 attributes",
      { subject: Array.from({ length: 17 }, () => ({ type: "OU", value: "x" }) as const) },
      "name-invalid",
    ],
    [
      "with a serial number of 7 octets",
      { serialNumber: new Uint8Array(7).fill(1) },
      "serial-number-invalid",
    ],
    [
      "with a serial number of 21 octets",
      { serialNumber: new Uint8Array(21).fill(1) },
      "serial-number-invalid",
    ],
    [
      "with a serial number that needs 21 octets",
      { serialNumber: new Uint8Array(20).fill(0xff) },
      "serial-number-invalid",
    ],
    ["with the serial number 0", { serialNumber: new Uint8Array(8) }, "serial-number-invalid"],
    [
      "that ends before it begins",
      { notBefore: at, notAfter: new Date("2026-01-01T00:00:00Z") },
      "validity-invalid",
    ],
    ["for a time that is none", { notAfter: new Date(Number.NaN) }, "validity-invalid"],
    ["that outlives its authority", { notAfter: new Date("2056-01-01T00:00:01Z") }, "validity-invalid"],
    ["that begins before its authority", { notBefore: new Date("2025-12-31T23:59:59Z") }, "validity-invalid"],
    ["by a key that is not the authority's", { issuer: { ...authority, signer: lookAlike } }, "issuer-unfit"],
    ["by an end entity", { issuer: system }, "issuer-unfit"],
    ["by nobody", { issuer: { signer: lookAlike } }, "issuer-unfit"],
    ["for an authority below path length 0", { profile: "issuing-ca" }, "issuer-unfit"],
    ["for a root by another root", { profile: "root-ca", issuer: root }, "issuer-unfit"],
    [
      "for a root with another key than its own",
      { profile: "root-ca", issuer: { signer: lookAlike } },
      "issuer-unfit",
    ],
    ["for no key", { publicKey: new Uint8Array() }, "public-key-unsupported"],
    ["for a point that is not on the curve", { publicKey: offCurve() }, "public-key-unsupported"],
    ["for the point at infinity", { publicKey: pointOnly(Uint8Array.of(0)) }, "public-key-unsupported"],
    [
      "for a key of an unknown kind",
      { publicKey: sequence(sequence(oid("1.2.3")), bitString(new Uint8Array(8))) },
      "public-key-unsupported",
    ],
  ])("%s", async (_what, change, code) => {
    expect(await codeOf(change)).toBe(code);
  });

  it("in the name of the authority itself", async () => {
    const same: NameInput = [
      { type: "C", value: "CN" },
      { type: "O", value: "印信测试" },
      { type: "CN", value: "印信测试签发机构" },
    ];
    expect(await codeOf({ subject: same })).toBe("name-invalid");
  });

  it.each([
    ["that is not marked as an authority", [extensions.keyUsage(0x06)]],
    ["whose key may not sign certificates", [extensions.authority(), extensions.keyUsage(0x80)]],
  ])("under a certificate %s", async (_what, list) => {
    const unfit = await fabricate({ subject: "unfit", extensions: list });
    expect(await codeOf({ issuer: unfit, notAfter: unfit.certificate.notAfter })).toBe("issuer-unfit");
  });

  it("when the device makes a wrong signature", async () => {
    const broken = { ...authority.signer, sign: () => Promise.resolve(new Uint8Array(70)) };
    await expect(issueCertificate({ ...wanted, issuer: { ...authority, signer: broken } })).rejects.toThrow(
      SignerError,
    );
  });

  it("when what was asked for changes while the device signs", async () => {
    const publicKey = Uint8Array.from(newSigner("ES256").publicKey);
    const slow: Signer = {
      ...authority.signer,
      sign: (input) => {
        publicKey.set(newSigner("ES256").publicKey);
        return authority.signer.sign(input);
      },
    };
    expect(await codeOf({ publicKey, issuer: { ...authority, signer: slow } })).toBe(
      "issued-certificate-wrong",
    );
  });

  function pointOnly(point: Uint8Array): Uint8Array {
    return sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301")), bitString(point));
  }

  function offCurve(): Uint8Array {
    return pointOnly(Uint8Array.of(4, ...new Uint8Array(64).fill(1)));
  }
});
