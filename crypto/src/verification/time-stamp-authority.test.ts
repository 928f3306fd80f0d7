import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { utf8Of } from "../bytes/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { digest } from "../digest/index.ts";
import { conclude } from "./conclude.ts";
import type { Conclusion } from "./conclude.ts";
import { verifySealSignatureValue } from "./ses-report.ts";

const data = utf8Of("what was sealed");
const signedAt = new Date("2026-03-01T08:00:00Z");
const stampedAt = new Date("2026-03-01T08:00:30Z");
const at = new Date("2026-11-22T00:00:00Z");

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

async function stampedBy(
  stamper: TestIdentity,
  {
    algorithm = "SM3",
    time = stampedAt,
    by = owner,
  }: { algorithm?: DigestName; time?: Date; by?: TestIdentity } = {},
): Promise<Conclusion> {
  const seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [by.certificate.raw] } });
  const der = await forgeSealSignature(by, {
    seal,
    dataHash: digest("SM3", data),
    propertyInfo: "data",
    signedAt,
    timeStamp: (value) => stampWith(stamper, time)({ algorithm, digest: digest(algorithm, value) }),
  });
  const sealed = { parts: [data], description: "the data" };
  return conclude(verifySealSignatureValue(der, sealed, { trust: [authority.certificate], at }).findings);
}

const stampOf = ({ checks }: Conclusion) => checks.find(({ name }) => name === "timestamp");

describe("a time stamp over a seal signature", () => {
  it("proves nothing over a digest that anybody can find a second text for", async () => {
    for (const algorithm of ["SHA-1", "MD5"] as const) {
      const conclusion = await stampedBy(tsa, { algorithm });
      expect(stampOf(conclusion)?.result, algorithm).toBe("failed");
    }
  });

  it("from before the signer's certificate makes the signature impossible", async () => {
    const young = await authority.issue("seal-owner", "11000000000001", {
      notBefore: new Date("2026-02-01T00:00:00Z"),
      notAfter: new Date("2030-01-01T00:00:00Z"),
    });
    const early = await stampedBy(tsa, { time: new Date("2026-01-01T00:00:00Z"), by: young });
    expect(early.verdict).toBe("INVALID");
    expect((await stampedBy(tsa, { by: young })).verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("from the future is no time stamp of anybody's clock", async () => {
    const future = await stampedBy(tsa, { time: new Date("2027-01-01T00:00:00Z") });
    expect(future.verdict).toBe("INVALID");
  });
});
