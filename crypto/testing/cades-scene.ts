import type { DigestName } from "../src/algorithms/index.ts";
import { extendToLT, extendToLTA, extendToT } from "../src/cades/index.ts";
import type { CadesLevel } from "../src/cades/index.ts";
import {
  createSigningIdentity,
  issueSignedData,
  parseSignedData,
  prepareSignedData,
} from "../src/cms/index.ts";
import type { SignedData, SignerInfo } from "../src/cms/index.ts";
import { issueCertificateList } from "../src/issuing/index.ts";
import { utf8Of } from "../src/bytes/index.ts";
import type { Party, SigningParties } from "./signing-parties.ts";
import { stampWith } from "./stamp-with.ts";

/** What a scene's signatures are over, attached. */
export const sceneContent = utf8Of("关于同意开展电子印章应用的批复\n");

/** When each step of a scene happens. */
export const sceneTimes = {
  signed: new Date("2026-11-22T08:00:00Z"),
  stamped: new Date("2026-11-22T08:01:00Z"),
  listed: new Date("2026-11-23T00:00:00Z"),
  archived: new Date("2026-11-24T00:00:00Z"),
  verified: new Date("2026-11-25T00:00:00Z"),
};

/** The first signer of a SignedData, read leniently. */
export function readFirst(der: Uint8Array): { readonly signedData: SignedData; readonly signer: SignerInfo } {
  const signedData = parseSignedData(der, { profile: "lenient" });
  const [signer] = signedData.signers;
  if (signer === undefined) throw new Error("nobody signed");
  return { signedData, signer };
}

export async function signBaseline(
  by: Party,
  kind: "attached" | "detached" = "attached",
): Promise<Uint8Array> {
  const identity = createSigningIdentity({ certificate: by.certificate, algorithm: by.signer.algorithm });
  const prepared = prepareSignedData({
    content: { kind, bytes: sceneContent },
    signers: [{ identity, flavour: "cades", signingTime: sceneTimes.signed }],
  });
  return issueSignedData({ signers: [by.signer] }, prepared);
}

export interface RevokedParty {
  readonly party: Party;
  readonly revokedAt: Date;
}

/** Lists of root and authority. */
export async function sceneLists(
  { root, authority }: SigningParties,
  revoked: readonly RevokedParty[] = [],
  thisUpdate = sceneTimes.listed,
): Promise<Uint8Array[]> {
  const list = (issuer: Party, entries: readonly RevokedParty[]): Promise<Uint8Array> =>
    issueCertificateList({
      issuer,
      number: 1n,
      thisUpdate,
      nextUpdate: new Date(thisUpdate.getTime() + 30 * 86_400_000),
      revoked: entries.map(({ party, revokedAt }) => ({
        serialNumber: party.certificate.serialNumber,
        revokedAt,
        reason: "keyCompromise",
      })),
    });
  return [await list(root, []), await list(authority, revoked)];
}

/** A signature of the scene's signer at a level, by the times of {@link sceneTimes}. */
export async function signAtLevel(
  parties: SigningParties,
  level: CadesLevel,
  wishes: { readonly algorithm: DigestName; readonly revoked?: readonly RevokedParty[] },
): Promise<Uint8Array> {
  const { algorithm, revoked } = wishes;
  const baseline = await signBaseline(parties.signer);
  if (level === "B-B") return baseline;
  const stamp = stampWith(parties.tsa, sceneTimes.stamped);
  const stamped = await extendToT({ stamp }, { ...readFirst(baseline), algorithm });
  if (level === "B-T") return stamped;
  const longTerm = extendToLT(readFirst(stamped).signedData, {
    certificates: [parties.root, parties.authority, parties.tsa].map(({ certificate }) => certificate.raw),
    crls: await sceneLists(parties, revoked),
    ocspResponses: [],
  });
  if (level === "B-LT") return longTerm;
  const archiver = stampWith(parties.tsa, sceneTimes.archived, { serialNumber: 2n });
  return extendToLTA({ stamp: archiver }, { ...readFirst(longTerm), algorithm });
}
