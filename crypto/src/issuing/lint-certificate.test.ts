import { describe, expect, it } from "vitest";

import { extension, extensions, fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import { issueEntity } from "../../testing/issue-entity.ts";
import { oid, octetString, contextImplicit, nullValue, sequence } from "../der/index.ts";
import {
  checkCertificateRequest,
  createCertificateRequest,
  encodeName,
  issueCertificate,
  lintCertificate,
  parseCertificateRequest,
  prepareCertificate,
  profileOf,
  signCertificate,
} from "./index.ts";
import type { CertificateToIssue, NameInput } from "./index.ts";

const root = await issueEntity({ profile: "root-ca", algorithm: "ES256", commonName: "root" });
const keyIdentifier = extension("2.5.29.14", octetString(new Uint8Array(20)), false);
const authorityKey = extension("2.5.29.35", sequence(contextImplicit(0, new Uint8Array(20), false)), false);
const tsaPurpose = sequence(oid("1.3.6.1.5.5.7.3.8"));

/** What the linter says of a certificate by the root with just these extensions, and subject `CN=end`. */
async function lint(profile: Parameters<typeof profileOf>[0], list: readonly Uint8Array[], subject = "end") {
  const { certificate } = await fabricate({ subject, issuer: root, extensions: list });
  return lintCertificate(certificate.raw, profileOf(profile)).join(" ");
}

describe("the linter", () => {
  const usage = extensions.keyUsage(0xc0);

  it("finds nothing in what we issue", async () => {
    const { certificate } = await issueEntity({
      profile: "tsa",
      algorithm: "ES256",
      commonName: "tsa",
      issuer: root,
    });
    expect(lintCertificate(certificate.raw, profileOf("tsa"))).toEqual([]);
    expect(lintCertificate(certificate.raw, profileOf("signer"))).not.toEqual([]);
  });

  it("accepts a certificate of others that keeps the profile", async () => {
    expect(await lint("signer", [usage, keyIdentifier, authorityKey])).toBe("");
  });

  it("names what is missing, what has no place, and what is critical or not (RFC 5280 §4.2)", async () => {
    expect(await lint("signer", [usage])).toContain("The extension 2.5.29.14 is missing.");
    const unknown = extension("1.2.3.4", nullValue(), false);
    expect(await lint("signer", [usage, keyIdentifier, authorityKey, unknown])).toBe(
      "The extension 1.2.3.4 has no place in it.",
    );
    const critical = extension("2.5.29.14", octetString(new Uint8Array(20)), true);
    expect(await lint("signer", [usage, critical, authorityKey])).toBe(
      "The extension 2.5.29.14 is critical.",
    );
  });

  it("wants the purpose of a time-stamping authority alone and critical (RFC 3161 §2.3)", async () => {
    const signing = extensions.keyUsage(0x80);
    const of = (value: Uint8Array, isCritical: boolean) =>
      lint("tsa", [signing, extension("2.5.29.37", value, isCritical), keyIdentifier, authorityKey]);
    expect(await of(tsaPurpose, true)).toBe("");
    expect(await of(tsaPurpose, false)).toContain("2.5.29.37 is not critical");
    const two = sequence(oid("1.3.6.1.5.5.7.3.8"), oid("1.3.6.1.5.5.7.3.9"));
    expect(await of(two, true)).toContain("extended key usage is another");
  });

  it("finds an authority where there must be none, and another key usage", async () => {
    const list = [extensions.authority(), extensions.keyUsage(0x06), keyIdentifier, authorityKey];
    const found = await lint("signer", list);
    expect(found).toContain("It is an authority's.");
    expect(found).toContain("Its key usage is not digitalSignature, nonRepudiation.");
    expect(await lint("issuing-ca", list)).toContain("Its path length is another.");
    expect(await lint("issuing-ca", [usage, keyIdentifier, authorityKey])).toContain(
      "It is not an authority's.",
    );
  });

  it("finds a subject without what the profile needs, or with an attribute twice", async () => {
    const list = [usage, keyIdentifier, authorityKey];
    expect(await lint("seal-maker", list)).toContain("Its subject has no O.");
    expect(await lint("seal-owner", list)).toContain(
      "CN must be otherwise: it is the seal code of 14 digits",
    );
    const twice: NameInput = [
      { type: "CN", value: "a" },
      { type: "CN", value: "b" },
    ];
    const { certificate } = await fabricate({ subject: encodeName(twice), issuer: root, extensions: list });
    expect(lintCertificate(certificate.raw, profileOf("signer"))).toEqual([
      "An attribute stands in its subject twice.",
    ]);
  });

  it("finds what is no certificate", () => {
    expect(lintCertificate(new Uint8Array(3), profileOf("signer")).join()).toContain("It cannot be read");
  });
});

describe("a certificate is issued in two steps", () => {
  const wanted: CertificateToIssue = {
    profile: "signer",
    subject: [{ type: "CN", value: "a" }],
    publicKey: newSigner("SM2").publicKey,
    issuer: root,
    serialNumber: new Uint8Array(16).fill(1),
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2027-01-01T00:00:00Z"),
  };

  it("of which the first uses no key, and the second signs just what was linted", async () => {
    let signed = 0;
    const signer: typeof root.signer = {
      ...root.signer,
      sign: (input) => {
        signed += 1;
        return root.signer.sign(input);
      },
    };
    const prepared = prepareCertificate({ ...wanted, issuer: { ...root, signer } });
    expect(signed).toBe(0);
    const der = await signCertificate(prepared);
    expect(signed).toBe(1);
    expect(lintCertificate(der, profileOf("signer"))).toEqual([]);
    const twice = { ...wanted, subject: [...wanted.subject, ...wanted.subject], issuer: { ...root, signer } };
    await expect(issueCertificate(twice)).rejects.toMatchObject({ code: "lint-failed" });
    expect(signed).toBe(1);
  });
});

describe("a certificate request", () => {
  const at = new Date("2026-11-22T00:00:00Z");
  const owner: NameInput = [
    { type: "C", value: "CN" },
    { type: "O", value: "11440100MB2C00001X某市政务服务局" },
    { type: "CN", value: "44010000000001" },
  ];
  const requestOf = async (subject: NameInput) =>
    parseCertificateRequest(await createCertificateRequest({ subject, signer: newSigner("SM2") }));

  it("is acceptable for a seal owner with the seal code and the unit's code and name", async () => {
    const request = await requestOf(owner);
    expect(() => {
      checkCertificateRequest(request, "seal-owner", at);
    }).not.toThrow();
  });

  it("is unacceptable with every reason named", async () => {
    const request = await requestOf([{ type: "CN", value: "x" }]);
    const forged = { ...request, signature: new Uint8Array(70) };
    expect(() => {
      checkCertificateRequest(forged, "seal-owner", at);
    }).toThrow(
      /not signed with the key in it; its subject has no O; its subject has no C; CN in its subject/,
    );
  });
});
