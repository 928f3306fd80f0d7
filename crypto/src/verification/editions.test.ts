import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal } from "../../testing/forge-seal.ts";
import type { SealWishes } from "../../testing/forge-seal.ts";
import { changedPart, forgeSealedOfd, ofdPaths, signatureRecord, zipOf } from "../../testing/forge-ofd.ts";
import type { OfdParts, SealedOfdWishes } from "../../testing/forge-ofd.ts";
import { checksThat, onlySignature } from "../../testing/read-report.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { digest } from "../digest/index.ts";
import { issueCertificateList } from "../issuing/index.ts";
import { parseCertificateList } from "../revocation/index.ts";
import type { CertificateList } from "../revocation/index.ts";
import type { SealVersion } from "../seal/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationContext, VerificationReport } from "./index.ts";

const signedAt = new Date("2026-03-01T08:00:00Z");
const stampedAt = new Date("2026-03-01T08:00:30Z");
const verifiedAt = new Date("2026-11-22T00:00:00Z");

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let tsa: TestIdentity;
let strangeTsa: TestIdentity;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  tsa = await authority.issue("tsa", "Time Stamping Authority");
  strangeTsa = await (await createTestAuthority("Other Root")).issue("tsa", "Time Stamping Authority");
});

function verify(parts: OfdParts, context: Partial<VerificationContext> = {}): VerificationReport {
  const trust = [authority.certificate];
  return verifyDocument({ name: "x.ofd", bytes: zipOf(parts) }, { trust, at: verifiedAt, ...context });
}

/** Gives tokens over SM3 of a value. */
const stamper =
  (by: TestIdentity, time: Date) =>
  (value: Uint8Array): Promise<Uint8Array> =>
    stampWith(by, time)({ algorithm: "SM3", digest: digest("SM3", value) });

async function sealed(
  version: SealVersion,
  sealWishes: Partial<SealWishes> & { readonly by?: TestIdentity } = {},
  wishes: Partial<SealedOfdWishes> = {},
): Promise<Map<string, Uint8Array>> {
  const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
  const { by = maker, ...rest } = sealWishes;
  const seal = await forgeSeal(by, { version, signers, ...rest });
  return forgeSealedOfd(owner, { seal, version, signedAt, ...wishes });
}

async function listOf(...revoked: readonly { who: TestIdentity; at: Date }[]): Promise<CertificateList> {
  const der = await issueCertificateList({
    issuer: authority,
    number: 1n,
    thisUpdate: new Date("2026-11-21T00:00:00Z"),
    nextUpdate: new Date("2026-11-28T00:00:00Z"),
    revoked: revoked.map(({ who, at }) => ({
      serialNumber: who.certificate.serialNumber,
      revokedAt: at,
      reason: "superseded" as const,
    })),
  });
  return parseCertificateList(der);
}

const withLists = (...crls: readonly CertificateList[]): Partial<VerificationContext> => ({
  evidence: { crls, ocspResponses: [] },
});

describe.each([1, 4, 5] as const)("an OFD sealed in version %s", (version) => {
  it("is good, with the notes that nobody proved the time or asked about revocation", async () => {
    const report = verify(await sealed(version));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(onlySignature(report).seal?.version).toBe(version);
    expect(report.summary).toContain("time claimed only");
    expect(report.summary).toContain("revocation not checked");
    expect(report.quirks).toEqual([]);
  });

  it("is invalid with a seal that its maker did not sign", async () => {
    const stranger = await authority.issue("seal-maker", "Seal Maker");
    const report = verify(await sealed(version, { makerCertificate: stranger.certificate.raw }));
    expect(checksThat(report, "failed")).toEqual(["seal-signature"]);
    expect(report.verdict).toBe("INVALID");
  });

  it("is good under `strict` too, when nothing departs from the standards", async () => {
    const report = verify(await sealed(version), { profile: "strict" });
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(checksThat(report, "passed")).toContain("strict-form");
  });
});

describe("a time stamp over the value", () => {
  it("proves the time: nothing is claimed only any more", async () => {
    const report = verify(await sealed(4, {}, { timeStamp: stamper(tsa, stampedAt) }));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(onlySignature(report).time).toEqual({
      claimed: signedAt.toISOString(),
      trusted: stampedAt.toISOString(),
    });
    expect(report.summary).not.toContain("time claimed only");
  });

  it("with a list that names nobody leaves nothing open: plainly valid", async () => {
    const report = verify(
      await sealed(4, {}, { timeStamp: stamper(tsa, stampedAt) }),
      withLists(await listOf()),
    );
    expect(report.verdict, report.summary).toBe("VALID");
    expect(onlySignature(report)).toMatchObject({ indication: "TOTAL_PASSED", sub_indication: null });
  });

  it("over something else makes the signature invalid", async () => {
    const other = (): Promise<Uint8Array> => stamper(tsa, stampedAt)(new Uint8Array(64));
    const report = verify(await sealed(4, {}, { timeStamp: other }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["timestamp"]);
    expect(onlySignature(report).sub_indication).toBe("HASH_FAILURE");
  });

  it("taken from another signature makes it invalid", async () => {
    const tokens: Uint8Array[] = [];
    await sealed(
      4,
      {},
      {
        timeStamp: async (value) => {
          const token = await stamper(tsa, stampedAt)(value);
          tokens.push(token);
          return token;
        },
      },
    );
    const report = verify(await sealed(4, {}, { timeStamp: tokens[0] ?? new Uint8Array() }));
    expect(checksThat(report, "failed")).toEqual(["timestamp"]);
  });

  it("by an authority that nobody trusts proves nothing, and takes nothing away", async () => {
    const report = verify(await sealed(4, {}, { timeStamp: stamper(strangeTsa, stampedAt) }));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.summary).toContain("time claimed only");
    expect(onlySignature(report).time.trusted).toBeUndefined();
  });

  it("before the claimed time by more than clocks differ makes the claim impossible", async () => {
    const early = new Date("2026-03-01T07:00:00Z");
    const report = verify(await sealed(4, {}, { timeStamp: stamper(tsa, early) }));
    expect(report.verdict).toBe("INVALID");
    expect(onlySignature(report).sub_indication).toBe("TIMESTAMP_ORDER_FAILURE");
  });

  it("is what certificates are judged for, and not the claim", async () => {
    const short = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2026-03-31T00:00:00Z") };
    const brief = await authority.issue("seal-owner", "11000000000001", short);
    const signers = { listType: 1, certificates: [brief.certificate.raw] } as const;
    const seal = await forgeSeal(maker, { signers });
    const good = verify(await forgeSealedOfd(brief, { seal, signedAt, timeStamp: stamper(tsa, stampedAt) }));
    expect(good.verdict, good.summary).toBe("VALID_WITH_WARNINGS");
    const late = stamper(tsa, new Date("2026-06-01T00:00:00Z"));
    const backdated = verify(await forgeSealedOfd(brief, { seal, signedAt, timeStamp: late }));
    expect(backdated.verdict).toBe("INVALID");
    expect(checksThat(backdated, "failed")).toEqual(["signer-certificate-validity"]);
  });
});

describe("the revocation of a signer's certificate", () => {
  const before = new Date("2026-02-01T00:00:00Z");
  const after = new Date("2026-09-01T00:00:00Z");

  it("before the proven time makes the signature invalid", async () => {
    const parts = await sealed(4, {}, { timeStamp: stamper(tsa, stampedAt) });
    const report = verify(parts, withLists(await listOf({ who: owner, at: before })));
    expect(report.verdict).toBe("INVALID");
    expect(onlySignature(report).sub_indication).toBe("REVOKED");
    expect(checksThat(report, "failed")).toEqual(["signer-certificate-revocation"]);
  });

  it("after the proven time leaves it valid, and says so", async () => {
    const parts = await sealed(4, {}, { timeStamp: stamper(tsa, stampedAt) });
    const report = verify(parts, withLists(await listOf({ who: owner, at: after })));
    expect(report.verdict, report.summary).toBe("VALID_THEN_REVOKED");
    expect(onlySignature(report).indication).toBe("TOTAL_PASSED");
  });

  it("after a time that is only claimed leaves it open: the claim may be false", async () => {
    const report = verify(await sealed(4), withLists(await listOf({ who: owner, at: after })));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report).sub_indication).toBe("REVOKED_NO_POE");
  });

  it("that nobody can tell is a note, or an obstacle where evidence is required", async () => {
    const parts = await sealed(4);
    expect(verify(parts).verdict).toBe("VALID_WITH_WARNINGS");
    const required = verify(parts, { revocation: "required" });
    expect(required.verdict).toBe("INDETERMINATE");
    expect(checksThat(required, "unknown")).toEqual([
      "maker-certificate-revocation",
      "signer-certificate-revocation",
    ]);
  });

  it("in a list that somebody else signed says nothing", async () => {
    const forger = await createTestAuthority();
    const forged = await issueCertificateList({
      issuer: forger,
      number: 1n,
      thisUpdate: new Date("2026-11-21T00:00:00Z"),
      nextUpdate: new Date("2026-11-28T00:00:00Z"),
      revoked: [{ serialNumber: owner.certificate.serialNumber, revokedAt: before }],
    });
    const report = verify(await sealed(4), withLists(parseCertificateList(forged)));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(report.summary).toContain("revocation not checked");
  });
});

describe("the maker's certificate that expired after the seal was made", () => {
  const short = { notBefore: new Date("2025-01-01T00:00:00Z"), notAfter: new Date("2025-12-31T00:00:00Z") };
  const expired = (): Promise<TestIdentity> => authority.issue("seal-maker", "Seal Maker", short);

  it("takes nothing away from a seal of 2025 (GM/T 0031-2025 §6.3)", async () => {
    const report = verify(await sealed(5, { by: await expired() }));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(checksThat(report, "passed")).toContain("seal-creation-time");
  });

  it("is fatal under the rules of 2020, also by choice of the profile", async () => {
    expect(verify(await sealed(4, { by: await expired() })).verdict).toBe("INVALID");
    const chosen = verify(await sealed(5, { by: await expired() }), { profile: "gbt38540" });
    expect(chosen.verdict).toBe("INVALID");
    expect(checksThat(chosen, "failed")).toEqual(["maker-certificate-validity"]);
  });

  it("must have been valid when the seal was made", async () => {
    const createdAt = new Date("2024-06-01T00:00:00Z");
    const report = verify(await sealed(5, { by: await expired(), property: { createdAt } }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["maker-certificate-validity"]);
  });
});

describe("the creation time of a seal of 2025", () => {
  it("must not be after its use", async () => {
    const property = { createdAt: new Date("2026-03-02T00:00:00Z") };
    const report = verify(await sealed(5, { property }));
    expect(checksThat(report, "failed")).toEqual(["seal-creation-time"]);
    expect(verify(await sealed(4, { property })).verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("must not be after the time stamp over it", async () => {
    const early = stamper(tsa, new Date("2025-01-01T00:00:00Z"));
    const report = verify(await sealed(5, { timeStamp: early }));
    expect(checksThat(report, "failed")).toContain("seal-creation-time");
  });

  it("is proven by a good time stamp", async () => {
    const timeStamp = stamper(tsa, new Date("2025-06-01T00:00:10Z"));
    const report = verify(await sealed(5, { timeStamp }));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(checksThat(report, "passed")).toContain("seal-timestamp");
  });

  it("is not proven by a time stamp over something else, which is wrong", async () => {
    const other = (): Promise<Uint8Array> => stamper(tsa, stampedAt)(new Uint8Array(64));
    const report = verify(await sealed(5, { timeStamp: other }));
    expect(checksThat(report, "failed")).toContain("seal-timestamp");
  });
});

describe("what makers do in the field", () => {
  it("is named: local time called UTC, and a certificate younger than the seal", async () => {
    const young = await authority.issue("seal-maker", "Seal Maker", {
      notBefore: new Date("2025-06-05T00:00:00Z"),
      notAfter: new Date("2035-01-01T00:00:00Z"),
    });
    const property = { createdAt: new Date("2025-06-01T08:00:00Z") };
    const parts = await sealed(4, { by: young, property });
    const report = verify(parts);
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(report.quirks).toEqual([
      { code: "creation-after-validity-start", where: `${ofdPaths.signedValue}: seal` },
      { code: "maker-certificate-after-creation", where: `${ofdPaths.signedValue}: seal` },
    ]);
    const strict = verify(parts, { profile: "strict" });
    expect(strict.verdict).toBe("INVALID");
    expect(checksThat(strict, "failed")).toEqual(["strict-form"]);
  });
});

describe("the profile `strict`", () => {
  it("tolerates no departure in a seal by itself", async () => {
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const property = { createdAt: new Date("2025-06-01T08:00:00Z") };
    const bytes = await forgeSeal(maker, { signers, property });
    const context = { trust: [authority.certificate], at: verifiedAt };
    const document = { name: "x.esl", bytes };
    expect(verifyDocument(document, context).verdict).toBe("VALID_WITH_WARNINGS");
    const strict = verifyDocument(document, { ...context, profile: "strict" });
    expect(strict.verdict).toBe("INVALID");
    expect(checksThat(strict, "failed")).toEqual(["strict-form"]);
  });

  it("tolerates none in the package around a signature either", async () => {
    const record = `${signatureRecord("s001")}<ofd:MaxSignId>s001</ofd:MaxSignId>`;
    const parts = await sealed(4, {}, { record });
    expect(verify(parts).quirks).toMatchObject([{ code: "max-sign-id-twice" }]);
    expect(checksThat(verify(parts, { profile: "strict" }), "failed")).toEqual(["strict-form"]);
  });
});

describe("a signature without a seal whose bytes are changed", () => {
  it("is never good", async () => {
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const parts = await sealed(4, {}, { record });
    const report = verify(changedPart(parts, ofdPaths.signedValue, Uint8Array.of(0x30, 0x03, 2, 1, 1)));
    expect(report.verdict).toBe("INVALID");
  });
});
