import { zipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";

import { fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import {
  documentXml,
  forgeSealedOfd,
  listXml,
  mainXml,
  ofdPaths,
  pageXml,
  signatureRecord,
  simpleOfd,
  textOfPart,
} from "../../testing/forge-ofd.ts";
import type { OfdParts } from "../../testing/forge-ofd.ts";
import { forgeSeal } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes, equalBytes, latin1Of, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { rawOfDerSignature } from "../sm2/index.ts";
import { verifyDocument } from "./index.ts";
import type { Check, SignatureReport, VerificationReport } from "./index.ts";

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

function zipOf(parts: OfdParts): Uint8Array {
  return zipSync(Object.fromEntries(parts), { level: 0, mtime: "2026-11-21T10:00:00" });
}

function verify(parts: OfdParts | Uint8Array, trust = [authority.certificate]): VerificationReport {
  const bytes = parts instanceof Uint8Array ? parts : zipOf(parts);
  return verifyDocument({ name: "reply.ofd", bytes }, { trust, at });
}

function changed(parts: OfdParts, path: string, content: Uint8Array | string): OfdParts {
  return new Map([...parts, [path, typeof content === "string" ? utf8Of(content) : content]]);
}

function onlySignature(report: VerificationReport): SignatureReport {
  const [signature, ...more] = report.signatures;
  if (signature === undefined || more.length > 0) throw new Error("expected one signature");
  return signature;
}

/** The names of the checks with this result. */
function checksThat(report: VerificationReport, result: Check["result"]): string[] {
  return onlySignature(report)
    .checks.filter((check) => check.result === result)
    .map(({ name }) => name);
}

describe("a sealed OFD", () => {
  it("is valid with notes: the time is claimed only and revocation was not asked for", () => {
    const report = verify(sealed);
    expect(report).toMatchObject({ format: "ofd", verdict: "VALID_WITH_WARNINGS", quirks: [] });
    expect(report.summary).toBe(
      "Valid, with notes: sealed with 测试市审批局 (11000000000001); nothing was changed since; revocation not checked; time claimed only.",
    );
    expect(onlySignature(report)).toMatchObject({
      id: "s001",
      kind: "seal",
      indication: "TOTAL_PASSED",
      sub_indication: null,
      signer: { subject: "CN=11000000000001, O=Yinxin Test, C=CN", algorithm: "SM2" },
      seal: { code: "11000000000001", name: "测试市审批局", type: 1, version: 4 },
      time: { claimed: "2026-11-21T02:02:11.000Z" },
      coverage: { whole: true },
    });
    expect(checksThat(report, "failed")).toEqual([]);
    expect(checksThat(report, "not-checked")).toEqual([
      "maker-certificate-revocation",
      "signer-certificate-revocation",
      "timestamp",
    ]);
  });

  it("has every step of GB/T 38540-2020 §7.3 in its report, in the standard's order", () => {
    const names = onlySignature(verify(sealed)).checks.map(({ name }) => name);
    const order = [
      "signature-format",
      "signature-value",
      "signer-in-seal",
      "seal-format",
      "seal-signature",
      "maker-certificate-chain",
      "maker-certificate-validity",
      "maker-certificate-key-usage",
      "maker-certificate-revocation",
      "seal-validity",
      "signer-certificate-chain",
      "signer-certificate-validity",
      "signer-certificate-key-usage",
      "signer-certificate-revocation",
      "signing-time",
      "timestamp",
      "data-hash",
    ];
    expect(names.filter((name) => order.includes(name))).toEqual(order);
  });

  it("is indeterminate without a trust anchor, though everything else is right", () => {
    const report = verify(sealed, []);
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report).sub_indication).toBe("NO_CERTIFICATE_CHAIN_FOUND");
    expect(checksThat(report, "unknown")).toEqual(["maker-certificate-chain", "signer-certificate-chain"]);
    expect(checksThat(report, "failed")).toEqual([]);
  });

  it("is invalid when changed, even if nobody is trusted", () => {
    expect(verify(changed(sealed, ofdPaths.page, pageXml("<x/>")), []).verdict).toBe("INVALID");
  });

  it("names the list of signatures and the archive as uncovered, because more may be signed", () => {
    expect(verify(sealed).uncovered).toEqual([
      { part: ofdPaths.list, visible: false },
      { part: "zip:attributes", visible: false },
    ]);
  });

  it("may do without a seal file, as tax documents do", async () => {
    const parts = await forgeSealedOfd(owner, { seal, hasSealFile: false });
    expect(verify(parts).verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("may be sealed by one of whom the seal lists only a digest (certListType 2)", async () => {
    const digests = [{ algorithm: "SM3", value: digest("SM3", owner.certificate.raw) }];
    const listed = await forgeSeal(maker, { signers: { listType: 2, digests } });
    expect(verify(await forgeSealedOfd(owner, { seal: listed })).verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("may have a raw signature value, which is named as a quirk", async () => {
    const report = verify(await forgeSealedOfd(owner, { seal, rewrite: rawOfDerSignature }));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.quirks).toEqual([{ code: "raw-signature", where: `${ofdPaths.signedValue}: signature` }]);
  });

  it("keeps saying that the time is claimed only when there is a time stamp it cannot check", async () => {
    const report = verify(await forgeSealedOfd(owner, { seal, timeStamp: Uint8Array.of(0x30, 0) }));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    const timestamp = onlySignature(report).checks.find(({ name }) => name === "timestamp");
    expect(timestamp).toMatchObject({
      result: "not-checked",
      detail: expect.stringContaining("does not check it") as string,
    });
  });

  it("cannot be called good when the seal has a critical extension that nobody here knows", async () => {
    const extensions = [{ oid: "1.2.3.4", isCritical: true, value: new Uint8Array(1) }];
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const report = verify(
      await forgeSealedOfd(owner, { seal: await forgeSeal(maker, { signers, extensions }) }),
    );
    expect(report.verdict).toBe("INDETERMINATE");
    expect(checksThat(report, "unknown")).toEqual(["critical-extensions"]);
    expect(verify(await forgeSealedOfd(owner, { seal, extensions })).verdict).toBe("INDETERMINATE");
  });

  it("cannot be called good before the time it claims", async () => {
    const signedAt = new Date("2026-11-22T08:00:00Z");
    const report = verify(await forgeSealedOfd(owner, { seal, signedAt }));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report).sub_indication).toBe("TRY_LATER");
  });

  it("is judged by the property information only if that names a place", async () => {
    const elsewhere = verify(
      await forgeSealedOfd(owner, { seal, propertyInfo: "/Doc_0/Signs/Sign_1/Signature.xml" }),
    );
    expect(elsewhere.verdict).toBe("INVALID");
    expect(checksThat(elsewhere, "failed")).toEqual(["property-info"]);
    const freeText = verify(await forgeSealedOfd(owner, { seal, propertyInfo: "doc 1" }));
    expect(freeText.verdict).toBe("VALID_WITH_WARNINGS");
    expect(freeText.summary).toContain("does not say which signature it belongs to");
  });
});

describe("an OFD that was tampered with", () => {
  it("01: is invalid after a page changed, and the page is named with both digests", () => {
    const content = pageXml('<ofd:TextObject ID="3" Boundary="0 0 9 9"/>');
    const report = verify(changed(sealed, ofdPaths.page, content));
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

  it("01: is invalid when a listed part is gone", () => {
    const parts = new Map(sealed);
    parts.delete(ofdPaths.seal);
    const report = verify(parts);
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toContain("reference-digest");
  });

  it("02: carries a note when an entry was smuggled in that no reader shows", () => {
    const report = verify(changed(sealed, "Doc_0/Res/extra.bin", "extra"));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.uncovered).toContainEqual({ part: "Doc_0/Res/extra.bin", visible: false });
    expect(report.summary).toContain("Doc_0/Res/extra.bin is in the file, seen by no reader");
  });

  it("03: is invalid when the seal was moved on the page", () => {
    const moved = textOfPart(sealed, ofdPaths.signature).replace("120 200 42 42", "20 20 42 42");
    const report = verify(changed(sealed, ofdPaths.signature, moved));
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
    const report = verify(changed(sealed, ofdPaths.seal, other));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["seal-file", "reference-digest"]);
    const unlisted = [ofdPaths.main, ofdPaths.document, ofdPaths.page];
    const loose = await forgeSealedOfd(owner, { seal, references: unlisted });
    expect(checksThat(verify(changed(loose, ofdPaths.seal, other)), "failed")).toEqual(["seal-file"]);
  });

  it("08: is unsigned, and nothing better, when the signature record was taken out", () => {
    const report = verify(changed(sealed, ofdPaths.list, listXml("")));
    expect(report).toMatchObject({ verdict: "UNSIGNED", signatures: [] });
    expect(report.summary).toContain("a picture of a seal is not a seal");
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
    expect(onlySignature(report).verdict).toBe("VALID_WITH_WARNINGS");
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
    const report = verify(changed(sealed, "../evil.sh", "rm"));
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

  it("16: is invalid when the signer's key may only sign certificates", async () => {
    const wrong = await authority.issue("issuing-ca", "11000000000001");
    const signers = { listType: 1, certificates: [wrong.certificate.raw] } as const;
    const report = verify(await forgeSealedOfd(wrong, { seal: await forgeSeal(maker, { signers }) }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signer-certificate-key-usage"]);
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
    const report = verify(changed(sealed, ofdPaths.signedValue, concatBytes(value, Uint8Array.of(0))));
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
      parts: changed(simpleOfd(), ofdPaths.page, pageXml("<y/>")),
    });
    const value = other.get(ofdPaths.signedValue) ?? new Uint8Array();
    const report = verify(changed(sealed, ofdPaths.signedValue, value));
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
    const report = verify(changed(both, ofdPaths.list, listXml(signatureRecord("s001"))));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
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

describe("an OFD signature of a kind that waits for a later version", () => {
  it("is indeterminate as a signature without a seal (Type=Sign)", async () => {
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const report = verify(await forgeSealedOfd(owner, { seal, record }));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(checksThat(report, "unknown")).toEqual(["signature-supported"]);
  });

  it("is indeterminate as a bare value, which names no certificate", async () => {
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const parts = await forgeSealedOfd(owner, { seal, record });
    const bare = await owner.signer.sign({ message: new Uint8Array(1) });
    for (const value of [bare, rawOfDerSignature(bare)]) {
      const report = verify(changed(parts, ofdPaths.signedValue, value));
      expect(report.verdict).toBe("INDETERMINATE");
      expect(onlySignature(report).sub_indication).toBe("NO_SIGNING_CERTIFICATE_FOUND");
    }
  });

  it("is still invalid when a part it lists was changed", async () => {
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const parts = await forgeSealedOfd(owner, { seal, record });
    expect(verify(changed(parts, ofdPaths.page, pageXml("<x/>"))).verdict).toBe("INVALID");
  });
});

describe("an OFD that cannot be looked into", () => {
  it("is unsigned without signatures", () => {
    expect(verify(simpleOfd())).toMatchObject({ format: "ofd", verdict: "UNSIGNED", signatures: [] });
  });

  it("is invalid when it breaks off", () => {
    const zip = zipOf(sealed);
    const report = verify(zip.subarray(0, zip.length / 2));
    expect(report).toMatchObject({ format: "ofd", verdict: "INVALID", problem: { code: "zip-truncated" } });
  });

  it("is no OFD if the archive has no OFD.xml", () => {
    const report = verify(new Map([["word/document.xml", utf8Of("<w/>")]]));
    expect(report).toMatchObject({ format: "unknown", verdict: "INDETERMINATE" });
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
