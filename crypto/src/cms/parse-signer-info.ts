import { hexOf } from "../bytes/index.ts";
import {
  DerError,
  readChildren,
  readImplicitOctets,
  readInteger,
  readOid,
  readSmallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readAttributes, readSignedAttributes } from "./attributes.ts";
import type { CmsReading } from "./cms-reading.ts";
import type { AlgorithmReference, SignedAttributes, SignerIdentifier, SignerInfo } from "./signed-data.ts";

const signedAttributesTag = 0xa0;
const unsignedAttributesTag = 0xa1;

interface SignerMembers {
  readonly version: DerElement;
  readonly identifier: DerElement;
  readonly digestAlgorithm: DerElement;
  readonly signedSet: DerElement | undefined;
  readonly signatureAlgorithm: DerElement;
  readonly signature: DerElement;
  readonly unsignedSet: DerElement | undefined;
}

function membersOf(element: DerElement): SignerMembers {
  const members = [...readChildren(element)];
  const next = (): DerElement => {
    const member = members.shift();
    if (member === undefined) throw incomplete(element);
    return member;
  };
  const optional = (tag: number): DerElement | undefined => (members[0]?.tag === tag ? next() : undefined);
  const found = {
    version: next(),
    identifier: next(),
    digestAlgorithm: next(),
    signedSet: optional(signedAttributesTag),
    signatureAlgorithm: next(),
    signature: next(),
    unsignedSet: optional(unsignedAttributesTag),
  };
  if (members.length > 0 || found.signature.tag !== tags.octetString) throw incomplete(element);
  return found;
}

/** Reads one SignerInfo (RFC 5652 §5.3). @throws DerError, CmsError */
export function readSignerInfo(element: DerElement, reading: CmsReading): SignerInfo {
  const members = membersOf(element);
  const { version, digestAlgorithm, signedSet, signatureAlgorithm, signature, unsignedSet } = members;
  const identifier = readIdentifier(members.identifier);
  const number = readSmallInteger(version);
  const expected = identifier.kind === "issuer-and-serial" ? 1 : 3;
  if (number !== expected) reading.tolerate("cms-version", version.offset, "a SignerInfo of another version");
  const signed = [version, members.identifier, digestAlgorithm, signedSet, signatureAlgorithm, signature];
  return {
    raw: element.raw,
    signedMembers: signed.flatMap((member) => (member === undefined ? [] : [member.raw])),
    version: number,
    identifier,
    digestAlgorithm: readAlgorithm(digestAlgorithm),
    signedAttributes: signedSet && readCheckedAttributes(signedSet, reading),
    signatureAlgorithm: readAlgorithm(signatureAlgorithm),
    signature: signature.contents,
    unsignedAttributes: unsignedSet === undefined ? [] : readAttributes(unsignedSet),
  };
}

function readCheckedAttributes(set: DerElement, reading: CmsReading): SignedAttributes {
  const attributes = readSignedAttributes(set);
  if (attributes.signedForms.length > 1) {
    reading.tolerate("signed-attributes-not-der", set.offset, "the signed attributes are not DER");
  }
  return attributes;
}

/** AlgorithmIdentifier. @throws DerError */
export function readAlgorithm(element: DerElement): AlgorithmReference {
  const [id, , ...more] = readChildren(element);
  if (id === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "AlgorithmIdentifier has one or two members", element.offset);
  }
  return { oid: readOid(id), element };
}

function readIdentifier(element: DerElement): SignerIdentifier {
  if ((element.tag & 0xdf) === 0x80) {
    return { kind: "key-identifier", keyIdentifier: readImplicitOctets(element) };
  }
  const [issuer, serial, ...more] = readChildren(element);
  if (issuer === undefined || serial === undefined || more.length > 0) throw incomplete(element);
  readChildren(issuer);
  readInteger(serial);
  return { kind: "issuer-and-serial", issuer: issuer.raw, serialNumber: hexOf(serial.contents) };
}

function incomplete(element: DerElement): DerError {
  return new DerError(
    "der-unexpected",
    "not a SignerInfo: a member is missing or of another type",
    element.offset,
  );
}
