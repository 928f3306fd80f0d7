import { compareDer, contextExplicit, element, encodeNode, node, oid, sequence, tags } from "../der/index.ts";
import type { DerNode } from "../der/index.ts";
import { contentTypes, nationalContentTypes } from "./oids.ts";
import { signedDataVersion } from "./parse-signed-data.ts";
import type { SigningIdentity } from "./signing-identity.ts";

/** What a SignerInfo is put together from. `signedAttributes` is the SET OF that was signed. */
export interface SignerInfoParts {
  readonly identity: SigningIdentity;
  readonly signedAttributes: Uint8Array | undefined;
  readonly signature: Uint8Array;
}

/** SignerInfo, DER. */
export function encodeSignerInfo(parts: SignerInfoParts): Uint8Array {
  return encodeNode(signerInfoNode(parts));
}

function signerInfoNode({ identity, signedAttributes, signature }: SignerInfoParts): DerNode {
  // [0] IMPLICIT: the tag of SET gives way, and length and contents stay (RFC 5652 §5.3).
  const attributes =
    signedAttributes === undefined ? [] : [signedAttributesTag, signedAttributes.subarray(1)];
  const { head, signatureAlgorithm } = identity;
  return node(tags.sequence, head, ...attributes, signatureAlgorithm, node(tags.octetString, signature));
}

const signedAttributesTag = Uint8Array.of(0xa0);

export interface SignedDataParts {
  readonly family: "international" | "national";
  /** Dotted decimal. */
  readonly contentType: string;
  /** Undefined: detached. */
  readonly content: Uint8Array | undefined;
  readonly digestAlgorithms: readonly Uint8Array[];
  readonly certificates: readonly Uint8Array[];
  readonly signerInfos: readonly SignerInfoParts[];
  readonly hasKeyIdentifiers: boolean;
}

/** A SignedData in its ContentInfo, DER (RFC 5652 §5.1). Nothing is verified. */
export function encodeSignedData(parts: SignedDataParts): Uint8Array {
  const { contentType, content, certificates, family } = parts;
  const encapsulated = node(
    tags.sequence,
    encodedType(contentType),
    ...(content === undefined ? [] : [node(0xa0, node(tags.octetString, content))]),
  );
  const signers = parts.hasKeyIdentifiers ? [{ version: 3 }] : [];
  const version = Uint8Array.of(tags.integer, 1, versionOf(contentType, certificates, signers));
  const signedData = node(
    tags.sequence,
    version,
    sortedSet(tags.set, distinct(parts.digestAlgorithms)),
    encapsulated,
    ...(certificates.length === 0 ? [] : [sortedSet(0xa0, distinct(certificates))]),
    setOfSigners(parts.signerInfos),
  );
  const types = family === "national" ? nationalContentTypes : contentTypes;
  return encodeNode(node(tags.sequence, encodedType(types.signedData), node(0xa0, signedData)));
}

/** SET OF in the order of DER (X.690 §11.6), under its own tag or a context's. */
function sortedSet(tag: number, members: readonly Uint8Array[]): DerNode {
  return node(tag, ...(members.length < 2 ? members : [...members].sort(compareDer)));
}

function setOfSigners(signers: readonly SignerInfoParts[]): DerNode {
  if (signers.length === 1) return node(tags.set, ...signers.map(signerInfoNode));
  return sortedSet(tags.set, signers.map(encodeSignerInfo));
}

function versionOf(
  contentType: string,
  certificates: readonly Uint8Array[],
  signers: readonly { readonly version: number }[],
): number {
  return signedDataVersion({ contentType, certificates, revocations: [], signers });
}

/** ContentInfo around the members of a SignedData. */
export function wrapSignedData(
  family: "international" | "national",
  members: readonly Uint8Array[],
): Uint8Array {
  const { signedData } = family === "national" ? nationalContentTypes : contentTypes;
  return sequence(encodedType(signedData), contextExplicit(0, sequence(...members)));
}

/** The types that nearly every message has, encoded once: an object identifier costs more than a small SEQUENCE. */
const encodedTypes: ReadonlyMap<string, Uint8Array> = new Map(
  [...Object.values(contentTypes), ...Object.values(nationalContentTypes)].map((type) => [type, oid(type)]),
);

/** A content type as an object identifier. */
export function encodedType(type: string): Uint8Array {
  return encodedTypes.get(type) ?? oid(type);
}

/** A SET has no member twice. */
export function distinct(members: readonly Uint8Array[]): readonly Uint8Array[] {
  if (members.length < 2) return members;
  return members.filter(
    (member, index) => members.findIndex((other) => compareDer(other, member) === 0) === index,
  );
}

/** `[1] IMPLICIT` SET OF RevocationInfoChoice and the like, absent when empty. */
export function optionalSet(number: number, members: readonly Uint8Array[]): readonly Uint8Array[] {
  return members.length === 0 ? [] : [element(0xa0 | number, ...[...distinct(members)].sort(compareDer))];
}
