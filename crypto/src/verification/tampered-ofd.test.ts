import { beforeAll, describe, expect, it } from "vitest";

import { extension, extensions, fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import {
  changedPart,
  documentXml,
  forgeSealedOfd,
  listXml,
  mainXml,
  ofdPaths,
  pageXml,
  signatureRecord,
  simpleOfd,
  textOfPart,
  zipOf,
} from "../../testing/forge-ofd.ts";
import type { OfdParts } from "../../testing/forge-ofd.ts";
import { forgeSeal } from "../../testing/forge-seal.ts";
import { checksThat, onlySignature } from "../../testing/read-report.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes, equalBytes, latin1Of, utf8Of } from "../bytes/index.ts";
import { oid, sequence } from "../der/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const year2024 = { notBefore: new Date("2024-01-01T00:00:00Z"), notAfter: new Date("2024-12-31T23:59:59Z") };

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let seal: Uint8Array;
let sealed: OfdParts;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [owner.certificate.raw] } });
  sealed = await forgeSealedOfd(owner, { seal });
});

function verify(parts: OfdParts | Uint8Array, trust = [authority.certificate]): VerificationReport {
  const bytes = parts instanceof Uint8Array ? parts : zipOf(parts);
  return verifyDocument({ name: "reply.ofd", bytes }, { trust, at });
}

describe("an OFD that was tampered with", () => {
  it("01: is invalid after a page changed, and the page is named with both digests", () => {
    const content = pageXml('<ofd:TextObject ID="3" Boundary="0 0 9 9"/>');
    const report = verify(changedPart(sealed, ofdPaths.page, content));
    expect(report.verdict).toBe("INVALID");
    expect(report.summary).toBe(`Not valid: ${ofdPaths.page} was changed after sealing.`);
    const failed = onlySignature(report).checks.filter(({ result }) => result === "failed");
    expect(failed).toMatchObject([
      {
        name: "reference-digest",
        evidence: {
          entry: ofdPaths.page,
          signed: expect.stringMatching(/^sm3:[0-9a-f]{64}$/) as string,
          actual: expect.stringMatching(/^sm3:[0-9a-f]{64}$/) as string,
        },
      },
    ]);
    expect(onlySignature(report)).toMatchObject({
      indication: "TOTAL_FAILED",
      sub_indication: "HASH_FAILURE",
    });
  });

  it("01: has everything uncovered then, because an invalid signature protects nothing", () => {
    const report = verify(changedPart(sealed, ofdPaths.page, pageXml("<x/>")));
    const uncovered = report.uncovered.map(({ part }) => part);
    expect(uncovered).toEqual([...sealed.keys(), "zip:attributes"]);
  });

  it("01: is invalid when a listed part is gone", () => {
    const parts = new Map(sealed);
    parts.delete(ofdPaths.seal);
    const report = verify(parts);
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toContain("reference-digest");
  });

  it("02: carries a note when an entry was smuggled in that no reader shows", () => {
    const report = verify(changedPart(sealed, "Doc_0/Res/extra.bin", "extra"));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.uncovered).toContainEqual({ part: "Doc_0/Res/extra.bin", visible: false });
    expect(report.summary).toContain("Doc_0/Res/extra.bin is in the file, seen by no reader");
  });

  it("03: is invalid when the seal was moved on the page", () => {
    const moved = textOfPart(sealed, ofdPaths.signature).replace("120 200 42 42", "20 20 42 42");
    const report = verify(changedPart(sealed, ofdPaths.signature, moved));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["data-hash"]);
  });

  it("04: is invalid when the certificates come from a look-alike of a trusted authority", async () => {
    const impostor = await createTestAuthority();
    const falseMaker = await impostor.issue("seal-maker", "Seal Maker");
    const falseOwner = await impostor.issue("seal-owner", "11000000000001");
    const signers = { listType: 1, certificates: [falseOwner.certificate.raw] } as const;
    const falseSeal = await forgeSeal(falseMaker, { signers });
    const report = verify(await forgeSealedOfd(falseOwner, { seal: falseSeal }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["maker-certificate-chain", "signer-certificate-chain"]);
    expect(report.summary).toContain("its key did not sign it");
  });

  it("05: is invalid when the seal was edited and signed over with the owner's key", async () => {
    const edited = Uint8Array.from(seal);
    const name = utf8Of("测试市审批局");
    const start = latin1Of(edited).indexOf(latin1Of(name));
    edited.set(utf8Of("伪造市审批局"), start);
    const report = verify(await forgeSealedOfd(owner, { seal: edited }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["seal-signature"]);
  });

  it("06: is invalid when somebody sealed whom the seal was not made for", async () => {
    const stranger = await authority.issue("seal-owner", "11000000000009");
    const report = verify(await forgeSealedOfd(stranger, { seal }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signer-in-seal"]);
  });

  it("06: is invalid when the signer's certificate stands beside another one's signature", async () => {
    const stranger = await authority.issue("seal-owner", "11000000000009");
    const signerCertificate = owner.certificate.raw;
    const report = verify(await forgeSealedOfd(stranger, { seal, signerCertificate }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signature-value"]);
  });

  it("07: is invalid when Seal.esl is another seal than the one signed", async () => {
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const other = await forgeSeal(maker, { signers, name: "另一枚印章" });
    const report = verify(changedPart(sealed, ofdPaths.seal, other));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["seal-file", "reference-digest"]);
    const unlisted = [ofdPaths.main, ofdPaths.document, ofdPaths.page];
    const loose = await forgeSealedOfd(owner, { seal, references: unlisted });
    expect(checksThat(verify(changedPart(loose, ofdPaths.seal, other)), "failed")).toEqual(["seal-file"]);
  });

  it("08: is unsigned, and nothing better, when the signature record was taken out", () => {
    const report = verify(changedPart(sealed, ofdPaths.list, listXml("")));
    expect(report).toMatchObject({ verdict: "UNSIGNED", signatures: [] });
    expect(report.summary).toContain(
      `a signature was cut off at ${ofdPaths.signedValue}; a picture of a seal`,
    );
  });

  it("09: is invalid when a name is in the archive twice, whichever comes first", () => {
    const twin = "Doc_0/Pages/Page_1/Content.xml";
    for (const order of [
      [ofdPaths.page, twin],
      [twin, ofdPaths.page],
    ] as const) {
      const parts = new Map(order.map((path) => [path, path === twin ? pageXml("<x/>") : pageXml("")]));
      const rest = [...sealed].filter(([path]) => path !== ofdPaths.page);
      const zip = zipOf(new Map([...rest, ...parts]));
      const report = verify(renamedEntry(zip, twin, ofdPaths.page));
      expect(report).toMatchObject({ verdict: "INVALID", problem: { code: "zip-duplicate-entry" } });
    }
  });

  it("10: is invalid when OFD.xml is not covered and leads to another document", async () => {
    const references = [ofdPaths.document, ofdPaths.page, ofdPaths.seal];
    const parts = await forgeSealedOfd(owner, { seal, references });
    const repointed = new Map([
      ...parts,
      [ofdPaths.main, mainXml("Doc_1/Document.xml")],
      ["Doc_1/Document.xml", documentXml("Content.xml")],
      ["Doc_1/Content.xml", pageXml("")],
    ] as const);
    const report = verify(repointed);
    expect(report.verdict).toBe("INVALID");
    expect(report.uncovered.filter(({ visible }) => visible).map(({ part }) => part)).toEqual([
      "OFD.xml",
      "Doc_1/Document.xml",
      "Doc_1/Content.xml",
    ]);
    expect(onlySignature(report).coverage.whole).toBe(false);
  });

  it("11: is invalid when a page that readers show is not listed", async () => {
    const references = [ofdPaths.main, ofdPaths.document, ofdPaths.seal];
    const report = verify(await forgeSealedOfd(owner, { seal, references }));
    expect(report.verdict).toBe("INVALID");
    expect(report.summary).toBe(
      `Not valid: ${ofdPaths.page} is shown to readers and covered by no signature.`,
    );
    expect(onlySignature(report).verdict).toBe("INDETERMINATE");
    expect(verify(await forgeSealedOfd(owner, { seal, references }), []).verdict).toBe("INVALID");
  });

  it.each([
    ["MD5", "MD5"],
    ["SHA1", "SHA-1"],
  ] as const)("12: is invalid when the parts are protected by %s only", async (checkMethod, digestName) => {
    const report = verify(await forgeSealedOfd(owner, { seal, checkMethod, digestName }));
    expect(report.verdict).toBe("INVALID");
    expect(onlySignature(report).sub_indication).toBe("CRYPTO_CONSTRAINTS_FAILURE");
  });

  it("12: stays invalid with a broken digest when the claimed time is from before it broke", async () => {
    const signedAt = new Date("2004-01-01T00:00:00Z");
    const wishes = { seal, checkMethod: "MD5", digestName: "MD5", signedAt } as const;
    expect(checksThat(verify(await forgeSealedOfd(owner, wishes)), "failed")).toContain("digest-algorithm");
  });

  it("12: cannot be judged with a digest that nobody here knows", async () => {
    const report = verify(await forgeSealedOfd(owner, { seal, checkMethod: "BLAKE3" }));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(checksThat(report, "unknown")).toEqual(["digest-algorithm"]);
  });

  it("13: is invalid when an entry points out of the package", () => {
    const report = verify(changedPart(sealed, "../evil.sh", "rm"));
    expect(report).toMatchObject({ verdict: "INVALID", problem: { code: "zip-entry-path" }, signatures: [] });
    expect(report.summary).toContain("FORMAT_FAILURE");
    expect(report.summary).toContain("zip-entry-path");
  });

  it("14: is invalid when the seal had expired, or was not valid yet, at the signing time", async () => {
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const expired = await forgeSeal(maker, {
      signers,
      property: { validUntil: new Date("2026-11-21T02:02:10Z") },
    });
    const report = verify(await forgeSealedOfd(owner, { seal: expired }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["seal-validity", "signing-time"]);
    expect(onlySignature(report).sub_indication).toBe("EXPIRED");
    const early = await forgeSeal(maker, {
      signers,
      property: { validFrom: new Date("2026-11-21T02:02:12Z") },
    });
    expect(onlySignature(verify(await forgeSealedOfd(owner, { seal: early }))).sub_indication).toBe(
      "NOT_YET_VALID",
    );
  });

  it("15: is invalid when the signer's certificate had expired at the signing time", async () => {
    const expired = await authority.issue("seal-owner", "11000000000001", year2024);
    const signers = { listType: 1, certificates: [expired.certificate.raw] } as const;
    const report = verify(await forgeSealedOfd(expired, { seal: await forgeSeal(maker, { signers }) }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signer-certificate-validity", "signing-time"]);
  });

  it("15: is invalid when that certificate had expired, even if nobody is trusted", async () => {
    const expired = await authority.issue("seal-owner", "11000000000001", year2024);
    const signers = { listType: 1, certificates: [expired.certificate.raw] } as const;
    const report = verify(await forgeSealedOfd(expired, { seal: await forgeSeal(maker, { signers }) }), []);
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signer-certificate-validity", "signing-time"]);
  });

  it("15: is invalid when the authority above the signer had expired at the signing time", async () => {
    const between = await authority.issue("issuing-ca", "Issuing CA", year2024);
    const issued = await fabricate({ subject: "CN", issuer: between, signer: newSigner("SM2") });
    const signers = { listType: 1, certificates: [issued.certificate.raw] } as const;
    const parts = await forgeSealedOfd(issued, { seal: await forgeSeal(maker, { signers }) });
    const context = { trust: [authority.certificate], intermediates: [between.certificate], at };
    const report = verifyDocument({ name: "reply.ofd", bytes: zipOf(parts) }, context);
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signer-certificate-validity"]);
    expect(report.summary).toContain("Issuing CA");
  });

  it("16: is invalid when the signer's key may only sign certificates", async () => {
    const wrong = await authority.issue("issuing-ca", "11000000000001");
    const signers = { listType: 1, certificates: [wrong.certificate.raw] } as const;
    const report = verify(await forgeSealedOfd(wrong, { seal: await forgeSeal(maker, { signers }) }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signer-certificate-key-usage"]);
  });

  it("16: is invalid when the signer's certificate is for other purposes than documents", async () => {
    const withPurpose = (purpose: string, isCritical: boolean) =>
      fabricate({
        subject: "11000000000001",
        issuer: authority,
        signer: newSigner("SM2"),
        extensions: [extensions.keyUsage(0xc0), extension("2.5.29.37", sequence(oid(purpose)), isCritical)],
      });
    const verdictWith = async (purpose: string, isCritical: boolean) => {
      const other = await withPurpose(purpose, isCritical);
      const signers = { listType: 1, certificates: [other.certificate.raw] } as const;
      return verify(await forgeSealedOfd(other, { seal: await forgeSeal(maker, { signers }) })).verdict;
    };
    const timeStamping = "1.3.6.1.5.5.7.3.8";
    const serverAuth = "1.3.6.1.5.5.7.3.1";
    const documentSigning = "1.3.6.1.5.5.7.3.36";
    expect(await verdictWith(timeStamping, true)).toBe("INVALID");
    expect(await verdictWith(timeStamping, false)).toBe("INVALID");
    expect(await verdictWith(serverAuth, true)).toBe("INVALID");
    expect(await verdictWith(serverAuth, false)).toBe("VALID_WITH_WARNINGS");
    expect(await verdictWith(documentSigning, true)).toBe("VALID_WITH_WARNINGS");
  });

  it("16: is invalid when an end entity issued the signer's certificate", async () => {
    const issued = await fabricate({ subject: "CN", issuer: owner, signer: newSigner("SM2") });
    const signers = { listType: 1, certificates: [issued.certificate.raw] } as const;
    const parts = await forgeSealedOfd(issued, { seal: await forgeSeal(maker, { signers }) });
    const context = { trust: [authority.certificate], intermediates: [owner.certificate], at };
    const report = verifyDocument({ name: "reply.ofd", bytes: zipOf(parts) }, context);
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signer-certificate-chain"]);
    expect(report.summary).toContain("not a certificate authority's");
  });

  it("16: may have an authority between, if the caller knows it or trusts it", async () => {
    const between = await authority.issue("issuing-ca", "Issuing CA");
    const issued = await fabricate({ subject: "CN", issuer: between, signer: newSigner("SM2") });
    const signers = { listType: 1, certificates: [issued.certificate.raw] } as const;
    const parts = await forgeSealedOfd(issued, { seal: await forgeSeal(maker, { signers }) });
    expect(verify(parts).verdict).toBe("INDETERMINATE");
    expect(verify(parts, [authority.certificate, between.certificate]).verdict).toBe("VALID_WITH_WARNINGS");
    const context = { trust: [authority.certificate], intermediates: [between.certificate], at };
    const report = verifyDocument({ name: "reply.ofd", bytes: zipOf(parts) }, context);
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("17: is invalid when the maker's certificate had expired at the signing time, as version 4 asks", async () => {
    const expired = await authority.issue("seal-maker", "Seal Maker", year2024);
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const report = verify(await forgeSealedOfd(owner, { seal: await forgeSeal(expired, { signers }) }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["maker-certificate-validity"]);
  });

  it("19: is invalid when bytes follow the seal signature", () => {
    const value = sealed.get(ofdPaths.signedValue) ?? new Uint8Array();
    const report = verify(changedPart(sealed, ofdPaths.signedValue, concatBytes(value, Uint8Array.of(0))));
    expect(report.verdict).toBe("INVALID");
    expect(onlySignature(report).sub_indication).toBe("FORMAT_FAILURE");
  });

  it("20: is invalid when the signature says another version than the seal in it", async () => {
    const report = verify(await forgeSealedOfd(owner, { seal, version: 5 }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signature-format"]);
  });

  it("21: is invalid when the signed value was taken from another document", async () => {
    const other = await forgeSealedOfd(owner, {
      seal,
      parts: changedPart(simpleOfd(), ofdPaths.page, pageXml("<y/>")),
    });
    const value = other.get(ofdPaths.signedValue) ?? new Uint8Array();
    const report = verify(changedPart(sealed, ofdPaths.signedValue, value));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["data-hash"]);
  });

  it("22: is invalid when a part has a document type declaration", async () => {
    const dtd = '<!DOCTYPE x [<!ENTITY a "b">]>';
    const withDtd = (xml: string): string => xml.replace("?>\n", `?>\n${dtd}`);
    const report = verify(await forgeSealedOfd(owner, { seal, editXml: withDtd }));
    expect(report).toMatchObject({ verdict: "INVALID", problem: { code: "xml-malformed" } });
    expect(report.summary).toContain(ofdPaths.signature);
  });

  it("23: is invalid when a part is listed twice, or there are two lists", async () => {
    const twice = [...simpleOfd().keys(), ofdPaths.seal, ofdPaths.page];
    const report = verify(await forgeSealedOfd(owner, { seal, references: twice }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["references"]);
    const doubled = (xml: string): string => xml.replace(/<ofd:References.*<\/ofd:References>/, "$&$&");
    expect(verify(await forgeSealedOfd(owner, { seal, editXml: doubled })).verdict).toBe("INVALID");
  });

  it("23: names so many missing parts as a person reads, and no more", async () => {
    const missing = Array.from({ length: 500 }, (_, index) => `Doc_0/none-${String(index)}`);
    const references = [ofdPaths.main, ofdPaths.document, ofdPaths.page, ofdPaths.seal, ...missing];
    const report = verify(await forgeSealedOfd(owner, { seal, references }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toHaveLength(20);
  });

  it("24: is invalid when the signature lists nothing, or has no list", async () => {
    const empty = verify(await forgeSealedOfd(owner, { seal, references: [] }));
    expect(empty.verdict).toBe("INVALID");
    expect(checksThat(empty, "failed")).toEqual(["references"]);
    const without = (xml: string): string => xml.replace(/<ofd:References.*<\/ofd:References>/, "");
    expect(verify(await forgeSealedOfd(owner, { seal, editXml: without })).verdict).toBe("INVALID");
  });

  it("25: carries a note when the last of two signature records was taken out", async () => {
    const both = await withSecondSignature(sealed);
    expect(verify(both).signatures.map(({ verdict }) => verdict)).toEqual([
      "VALID_WITH_WARNINGS",
      "VALID_WITH_WARNINGS",
    ]);
    const report = verify(changedPart(both, ofdPaths.list, listXml(signatureRecord("s001"))));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.summary).toContain(
      "a signature that no list names is at Doc_0/Signs/Sign_1/SignedValue.dat",
    );
    expect(report.summary).toContain("Doc_0/Signs/Sign_1/SignedValue.dat is in the file");
  });

  it("is as bad as its worst signature", async () => {
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const validUntil = new Date("2026-01-01T00:00:00Z");
    const first = await forgeSealedOfd(owner, {
      seal: await forgeSeal(maker, { signers, property: { validUntil } }),
    });
    const report = verify(await withSecondSignature(first));
    expect(report.signatures.map(({ verdict }) => verdict)).toEqual(["INVALID", "VALID_WITH_WARNINGS"]);
    expect(report.verdict).toBe("INVALID");
  });
});

/** A second signature over everything of the first. */
async function withSecondSignature(first: OfdParts): Promise<OfdParts> {
  const inner = new Map([...first].filter(([path]) => path !== ofdPaths.list));
  const moved = await forgeSealedOfd(owner, {
    seal,
    parts: inner,
    hasSealFile: false,
    propertyInfo: "/Doc_0/Signs/Sign_1/Signature.xml",
    editXml: (xml) =>
      xml.replaceAll(
        "/Sign_0/SignedValue.dat</ofd:SignedValue>",
        "/Sign_1/SignedValue.dat</ofd:SignedValue>",
      ),
  });
  const second = (path: string): Uint8Array => moved.get(path) ?? new Uint8Array();
  const records = signatureRecord("s001") + signatureRecord("s003", "Doc_0/Signs/Sign_1/Signature.xml");
  return new Map([
    ...first,
    ["Doc_0/Signs/Sign_1/Signature.xml", second(ofdPaths.signature)],
    ["Doc_0/Signs/Sign_1/SignedValue.dat", second(ofdPaths.signedValue)],
    [ofdPaths.list, listXml(records)],
  ]);
}

/** Gives an entry another name of the same length, in both headers, as a hostile writer would. */
function renamedEntry(zip: Uint8Array, from: string, to: string): Uint8Array {
  const renamed = Uint8Array.from(zip);
  const wanted = utf8Of(from);
  for (let index = 0; index + wanted.length <= renamed.length; index += 1) {
    if (equalBytes(renamed.subarray(index, index + wanted.length), wanted)) renamed.set(utf8Of(to), index);
  }
  return renamed;
}
