import { digestAlgorithmOfOid, digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { concatBytes, hexOf } from "../bytes/index.ts";
import type { SignedContent, SignedData, SignerInfo } from "../cms/index.ts";
import { DerError, octetString, oid, readChildren, readOid, sequence, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { digest } from "../digest/index.ts";

/** ATSHashIndexV3 (ETSI EN 319 122-1 §5.5.2): digests of all that an archive time stamp protects beside the signature. */
export interface AtsHashIndex {
  /** Undefined for an algorithm we do not know. */
  readonly algorithm: DigestName | undefined;
  readonly certificates: readonly Uint8Array[];
  readonly revocations: readonly Uint8Array[];
  readonly unsignedAttributes: readonly Uint8Array[];
  /** As it stands. */
  readonly raw: Uint8Array;
}

/** What an index can speak of, each with its digest. */
export interface IndexedMember {
  readonly kind: "certificate" | "revocation" | "attribute";
  /** The member as it stands; of an attribute one value. */
  readonly raw: Uint8Array;
  readonly digestHex: string;
}

/** Digests members of one SignedData, each once: any number of archive time stamps may list the same megabytes. */
export type MemberDigests = (algorithm: DigestName, raw: Uint8Array, parts: readonly Uint8Array[]) => string;

export function createMemberDigests(): MemberDigests {
  const known = new WeakMap<Uint8Array, Map<DigestName, string>>();
  return (algorithm, raw, parts) => {
    const values = known.get(raw) ?? new Map<DigestName, string>();
    const value = values.get(algorithm) ?? hexOf(digest(algorithm, ...parts));
    known.set(raw, values.set(algorithm, value));
    return value;
  };
}

/**
 * Everything in a SignedData that an index of this signer can list: each CertificateChoices, each RevocationInfoChoice,
 * and each value of an unsigned attribute together with the attribute's type (ETSI EN 319 122-1 §5.5.2).
 */
export function indexedMembers(
  signedData: SignedData,
  signer: SignerInfo,
  algorithm: DigestName,
  known: MemberDigests = createMemberDigests(),
): readonly IndexedMember[] {
  const member = (
    kind: IndexedMember["kind"],
    raw: Uint8Array,
    ...parts: readonly Uint8Array[]
  ): IndexedMember => ({ kind, raw, digestHex: known(algorithm, raw, parts) });
  return [
    ...signedData.certificates.map((raw) => member("certificate", raw, raw)),
    ...signedData.revocations.map(({ raw }) => member("revocation", raw, raw)),
    ...signer.unsignedAttributes.flatMap((attribute) => {
      const type = oid(attribute.oid);
      return attribute.values.map(({ raw }) => member("attribute", raw, type, raw));
    }),
  ];
}

/** The index over all that is there now, DER. */
export function encodeAtsHashIndex(
  signedData: SignedData,
  signer: SignerInfo,
  algorithm: DigestName,
): Uint8Array {
  const attributeDigests = signer.unsignedAttributes.flatMap((attribute) =>
    attribute.values.map(({ raw }) => digest(algorithm, oid(attribute.oid), raw)),
  );
  const list = (digests: readonly Uint8Array[]): Uint8Array => sequence(...digests.map(octetString));
  return sequence(
    sequence(oid(digestAlgorithms[algorithm].oid)),
    list(signedData.certificates.map((raw) => digest(algorithm, raw))),
    list(signedData.revocations.map(({ raw }) => digest(algorithm, raw))),
    list(attributeDigests),
  );
}

/** @throws DerError */
export function readAtsHashIndex(element: DerElement): AtsHashIndex {
  const [algorithm, certificates, revocations, unsignedAttributes, ...more] = readChildren(element);
  const [id] = algorithm === undefined ? [] : readChildren(algorithm);
  if (id === undefined || certificates === undefined || revocations === undefined) throw unexpected(element);
  if (unsignedAttributes === undefined || more.length > 0) throw unexpected(element);
  return {
    algorithm: digestAlgorithmOfOid(readOid(id)),
    certificates: readDigests(certificates),
    revocations: readDigests(revocations),
    unsignedAttributes: readDigests(unsignedAttributes),
    raw: element.raw,
  };
}

function readDigests(list: DerElement): readonly Uint8Array[] {
  return readChildren(list).map((element) => {
    if (element.tag !== tags.octetString) throw unexpected(element);
    return element.contents;
  });
}

function unexpected(element: DerElement): DerError {
  return new DerError("der-unexpected", "not an ATSHashIndexV3", element.offset);
}

/**
 * What the message imprint of an archive-time-stamp-v3 is the digest of (ETSI EN 319 122-1 §5.5.3): the content type, the
 * digest of the content, the SignerInfo up to the signature, and the index; all as they stand.
 */
export function archiveImprintInput(input: {
  readonly signedData: SignedData;
  readonly signer: SignerInfo;
  readonly content: SignedContent;
  readonly algorithm: DigestName;
  /** ATSHashIndexV3, DER. */
  readonly index: Uint8Array;
}): Uint8Array {
  const { signedData, signer, content, algorithm, index } = input;
  return concatBytes(signedData.contentTypeRaw, content.digest(algorithm), ...signer.signedMembers, index);
}
