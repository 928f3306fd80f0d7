import { issueSeal, parseSeal, prepareSeal } from "../src/seal/index.ts";
import type { Seal } from "../src/seal/index.ts";
import { smallestPicture } from "./forge-seal.ts";
import { createTestAuthority } from "./test-authority.ts";
import type { TestAuthority, TestIdentity } from "./test-authority.ts";

/** Everything it takes to seal a document, made the way the suite makes it. */
export interface SealingParty {
  readonly authority: TestAuthority;
  readonly owner: TestIdentity;
  readonly seal: Seal;
}

/** A fresh authority, a maker under it, and a seal for one owner, valid from 2026 to 2031. */
export async function createSealingParty(): Promise<SealingParty> {
  const authority = await createTestAuthority();
  const maker = await authority.issue("seal-maker", "Seal Maker");
  const owner = await authority.issue("seal-owner", "11000000000001");
  const prepared = prepareSeal({
    code: "11000000000001",
    name: "测试市审批局",
    type: 1,
    signerCertificates: [owner.certificate.raw],
    createdAt: new Date("2026-01-01T00:00:00Z"),
    validFrom: new Date("2026-01-01T00:00:00Z"),
    validUntil: new Date("2031-01-01T00:00:00Z"),
    picture: { type: "PNG", data: smallestPicture, widthMm: 42, heightMm: 42 },
    vendorId: "YINXIN",
    makerCertificate: maker.certificate.raw,
  });
  return { authority, owner, seal: parseSeal(await issueSeal({ maker: maker.signer }, prepared)) };
}
