import type { DigestName } from "../algorithms/index.ts";
import { hexOf } from "../bytes/index.ts";
import { attributeOids, soleValue } from "../cms/index.ts";
import type { SignerInfo } from "../cms/index.ts";
import { DerError } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import type { TimeStampToken } from "../timestamp/index.ts";
import { archiveImprintInput, indexedMembers, readAtsHashIndex } from "./ats-hash-index.ts";
import type { AtsHashIndex, IndexedMember } from "./ats-hash-index.ts";
import type { ValidationContext } from "./validation-context.ts";

export type ArchivedMember = Pick<IndexedMember, "kind" | "raw">;

export type ArchiveReading =
  | { readonly problem: string }
  | {
      readonly problem?: undefined;
      /** The digest that the token's message imprint must be. */
      readonly imprint: (algorithm: DigestName) => Uint8Array;
      /** What the index lists, and so the time stamp covers, beside the signature itself. */
      readonly members: readonly ArchivedMember[];
    };

/**
 * Finds out what an archive-time-stamp-v3 covers (ETSI EN 319 122-1 §5.5.3): reads the ATSHashIndexV3 of its token, and
 * demands that everything listed is there. What was added later is not listed, and not covered.
 */
export function judgeArchiveTimeStamp(
  token: TimeStampToken,
  signer: SignerInfo,
  { input, content, memberDigests }: ValidationContext,
): ArchiveReading {
  const index = readIndex(token);
  if (typeof index === "string") return { problem: index };
  const { algorithm } = index;
  // §5.5.2: the same algorithm in the index and in the message imprint.
  if (algorithm === undefined || algorithm !== token.info.imprint.algorithm) {
    return { problem: "The index of the archive time stamp has another digest algorithm than its imprint." };
  }
  if (content === undefined) {
    return { problem: "What was signed is not at hand, so the archive time stamp cannot be judged." };
  }
  const members = indexedMembers(input.signedData, signer, algorithm, memberDigests);
  const covered = coveredMembers(index, members);
  if (covered === undefined)
    return { problem: "Something that the archive time stamp covers is missing or changed." };
  const { signedData } = input;
  return {
    imprint: (name) =>
      digest(name, archiveImprintInput({ signedData, signer, content, algorithm: name, index: index.raw })),
    members: covered,
  };
}

function readIndex(token: TimeStampToken): AtsHashIndex | string {
  const value = soleValue(token.signer.unsignedAttributes, attributeOids.atsHashIndexV3);
  if (value === "absent") return "The archive time stamp has no index of what it covers.";
  if (value === "repeated") return "The archive time stamp has more than one index.";
  try {
    return readAtsHashIndex(value);
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    return "The index of the archive time stamp cannot be read.";
  }
}

function coveredMembers(
  index: AtsHashIndex,
  members: readonly IndexedMember[],
): readonly IndexedMember[] | undefined {
  const listed = [
    ...index.certificates.map((value) => `certificate ${hexOf(value)}`),
    ...index.revocations.map((value) => `revocation ${hexOf(value)}`),
    ...index.unsignedAttributes.map((value) => `attribute ${hexOf(value)}`),
  ];
  const present = new Map(members.map((member) => [`${member.kind} ${member.digestHex}`, member]));
  const covered = listed.flatMap((key) => present.get(key) ?? []);
  return covered.length === listed.length ? covered : undefined;
}
