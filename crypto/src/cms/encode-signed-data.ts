import {
  compareDer,
  contextExplicit,
  element,
  octetString,
  oid,
  sequence,
  setOf,
  smallInteger,
} from "../der/index.ts";
import { implicitSetOf } from "./attributes.ts";
import { contentTypes, nationalContentTypes } from "./oids.ts";
import { signedDataVersion } from "./parse-signed-data.ts";
import type { SigningIdentity } from "./signing-identity.ts";

/** SignerInfo, DER. `signedAttributes` is the SET OF that was signed. */
export function encodeSignerInfo(signer: {
  readonly identity: SigningIdentity;
  readonly signedAttributes: Uint8Array | undefined;
  readonly signature: Uint8Array;
}): Uint8Array {
  const { identity, signedAttributes, signature } = signer;
  const members = [identity.head];
  if (signedAttributes !== undefined) {
    // [0] IMPLICIT: the tag of SET gives way (RFC 5652 §5.3).
    const tagged = signedAttributes.slice();
    tagged[0] = 0xa0;
    members.push(tagged);
  }
  return sequence(...members, identity.signatureAlgorithm, octetString(signature));
}

export interface SignedDataParts {
  readonly family: "international" | "national";
  /** Dotted decimal. */
  readonly contentType: string;
  /** Undefined: detached. */
  readonly content: Uint8Array | undefined;
  readonly digestAlgorithms: readonly Uint8Array[];
  readonly certificates: readonly Uint8Array[];
  readonly signerInfos: readonly Uint8Array[];
  readonly hasKeyIdentifiers: boolean;
}

/** A SignedData in its ContentInfo, DER (RFC 5652 §5.1). Nothing is verified. */
export function encodeSignedData(parts: SignedDataParts): Uint8Array {
  const { contentType, content, certificates } = parts;
  const encapsulated = sequence(
    encodedType(contentType),
    ...(content === undefined ? [] : [contextExplicit(0, octetString(content))]),
  );
  const signers = parts.hasKeyIdentifiers ? [{ version: 3 }] : [];
  return wrapSignedData(parts.family, [
    smallInteger(versionOf(contentType, certificates, signers)),
    setOf(...distinct(parts.digestAlgorithms)),
    encapsulated,
    ...(certificates.length === 0 ? [] : [implicitSetOf(0, distinct(certificates))]),
    setOf(...parts.signerInfos),
  ]);
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

function encodedType(type: string): Uint8Array {
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
