import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import type { SealWishes } from "../../testing/forge-seal.ts";
import { createParty } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { issueCertificateList } from "../issuing/index.ts";
import { parseCertificateList } from "../revocation/index.ts";
import type { Evidence } from "../revocation/index.ts";
import type { Certificate } from "../x509/index.ts";
import { conclude } from "./conclude.ts";
import type { Conclusion } from "./conclude.ts";
import type { VerificationContext } from "./index.ts";
import { verifySealSignatureValue } from "./ses-report.ts";

const data = utf8Of("what was sealed");
const signedAt = new Date("2026-03-01T08:00:00Z");
const verifiedAt = new Date("2026-11-22T00:00:00Z");

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let tsa: TestIdentity;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  tsa = await authority.issue("tsa", "Time Stamping Authority");
});

const stampedOn =
  (time: string) =>
  (value: Uint8Array): Promise<Uint8Array> =>
    stampWith(tsa, new Date(time))({ algorithm: "SM3", digest: digest("SM3", value) });

interface Wishes extends Partial<SealWishes> {
  readonly by?: TestIdentity;
  readonly user?: TestIdentity;
  /** When the signature was stamped. */
  readonly stamped?: string;
}

/** A seal signature with a seal of 2025 unless wished otherwise. */
async function sealSignature({ by = maker, user = owner, stamped, ...wishes }: Wishes): Promise<Uint8Array> {
  const signers = { listType: 1, certificates: [user.certificate.raw] } as const;
  const { version = 5 } = wishes;
  const seal = await forgeSeal(by, { signers, ...wishes, version });
  return forgeSealSignature(user, {
    seal,
    version,
    dataHash: digest("SM3", data),
    propertyInfo: "data",
    signedAt,
    ...(stamped !== undefined && { timeStamp: stampedOn(stamped) }),
  });
}

function judge(der: Uint8Array, context: Partial<VerificationContext> = {}): Conclusion {
  const sealed = { parts: [data], description: "the data" };
  const whole = { trust: [authority.certificate], at: verifiedAt, ...context };
  return conclude(verifySealSignatureValue(der, sealed, whole).findings);
}

async function listOf(
  issuer: TestIdentity,
  revoked: readonly { readonly who: Certificate; readonly on: string }[],
): Promise<Evidence> {
  const der = await issueCertificateList({
    issuer,
    number: 1n,
    thisUpdate: new Date("2026-11-21T00:00:00Z"),
    nextUpdate: new Date("2026-11-28T00:00:00Z"),
    revoked: revoked.map(({ who, on }) => ({
      serialNumber: who.serialNumber,
      revokedAt: new Date(on),
      reason: "keyCompromise" as const,
    })),
  });
  return { crls: [parseCertificateList(der)], ocspResponses: [] };
}

const failedIn = ({ checks }: Conclusion): string[] =>
  checks.filter(({ result }) => result === "failed").map(({ name }) => name);

describe("a seal of 2025 whose maker's key was stolen", () => {
  const createdAt = new Date("2025-06-01T00:00:00Z");

  it("proves no earlier creation by a time stamp over its use", async () => {
    const der = await sealSignature({ stamped: "2026-03-01T08:00:30Z", property: { createdAt } });
    const evidence = await listOf(authority, [{ who: maker.certificate, on: "2026-01-01T00:00:00Z" }]);
    expect(judge(der, { evidence })).toMatchObject({
      verdict: "INDETERMINATE",
      sub_indication: "REVOKED_NO_POE",
    });
  });

  it("is good if a time stamp over the seal, or over its use, is older than the revocation", async () => {
    const wishes = { property: { createdAt }, stamped: "2026-03-01T08:00:30Z" };
    const early = await sealSignature({ ...wishes, timeStamp: stampedOn("2025-06-01T00:00:10Z") });
    const january = await listOf(authority, [{ who: maker.certificate, on: "2026-01-01T00:00:00Z" }]);
    expect(judge(early, { evidence: january }).verdict).toBe("VALID_THEN_REVOKED");
    const september = await listOf(authority, [{ who: maker.certificate, on: "2026-09-01T00:00:00Z" }]);
    const used = await sealSignature(wishes);
    expect(judge(used, { evidence: september }).verdict).toBe("VALID_THEN_REVOKED");
  });
});

describe("the times of a seal of 2025", () => {
  it("must follow each other: made, stamped, used", async () => {
    const made = { createdAt: new Date("2026-05-01T00:00:00Z") };
    const madeLater = await sealSignature({ property: made, timeStamp: stampedOn("2026-05-01T00:00:10Z") });
    expect(failedIn(judge(madeLater))).toContain("seal-creation-time");
    const stampedLater = await sealSignature({ timeStamp: stampedOn("2026-05-01T00:00:10Z") });
    expect(judge(stampedLater)).toMatchObject({
      verdict: "INVALID",
      sub_indication: "TIMESTAMP_ORDER_FAILURE",
    });
  });

  it("must begin within the maker's certificate, time stamp or not", async () => {
    const young = await authority.issue("seal-maker", "Seal Maker", {
      notBefore: new Date("2025-07-01T00:00:00Z"),
      notAfter: new Date("2035-01-01T00:00:00Z"),
    });
    const stamped = await sealSignature({ by: young, timeStamp: stampedOn("2025-08-01T00:00:00Z") });
    expect(failedIn(judge(stamped))).toEqual(["seal-creation-time"]);
    expect(judge(await sealSignature({ by: young })).verdict).toBe("INVALID");
  });

  it("are noted as claimed where the maker's certificate has expired since and nothing proves them", async () => {
    const short = { notBefore: new Date("2025-01-01T00:00:00Z"), notAfter: new Date("2025-12-31T00:00:00Z") };
    const brief = await authority.issue("seal-maker", "Seal Maker", short);
    const evidence = await listOf(authority, []);
    const der = await sealSignature({ by: brief, stamped: "2026-03-01T08:00:30Z" });
    const { verdict, checks } = judge(der, { evidence });
    expect(verdict).toBe("VALID_WITH_WARNINGS");
    expect(checks.find(({ name }) => name === "seal-timestamp")?.result).toBe("not-checked");
    const proven = await sealSignature({ by: brief, timeStamp: stampedOn("2025-06-01T00:00:10Z") });
    const stamp = judge(proven).checks.find(({ name }) => name === "seal-timestamp");
    expect(stamp?.result).toBe("passed");
  });
});

describe("evidence that is required", () => {
  it("is missed for the authority too, where the certificate itself was revoked later", async () => {
    const root = await createParty("SM2", "root-ca", "Root", 1);
    const issuing = await createParty("SM2", "issuing-ca", "Authority", 2, root);
    const user = await createParty("SM2", "signer", "11000000000001", 3, issuing);
    const der = await sealSignature({ user, version: 4, stamped: "2026-03-01T08:00:30Z" });
    const own = await listOf(issuing, [{ who: user.certificate, on: "2026-09-01T00:00:00Z" }]);
    const makers = await listOf(authority, []);
    const evidence = {
      crls: [...own.crls, ...makers.crls],
      ocspResponses: [],
    };
    const trust = [root.certificate, authority.certificate];
    const context = { trust, intermediates: [issuing.certificate], evidence };
    expect(judge(der, context).verdict).toBe("VALID_THEN_REVOKED");
    expect(judge(der, { ...context, revocation: "required" }).verdict).toBe("INDETERMINATE");
  });
});
