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
import type { AlgorithmReference, SignerIdentifier, SignerInfo } from "./signed-data.ts";

const signedAttributesTag = 0xa0;
const unsignedAttributesTag = 0xa1;

/** Reads one SignerInfo (RFC 5652 §5.3). @throws DerError, CmsError */
export function readSignerInfo(element: DerElement, reading: CmsReading): SignerInfo {
  const members = [...readChildren(element)];
  const [version, identifier, digestAlgorithm] = members.splice(0, 3);
  if (version === undefined || identifier === undefined || digestAlgorithm === undefined)
    throw incomplete(element);
  const signedSet = members[0]?.tag === signedAttributesTag ? members.shift() : undefined;
  const [signatureAlgorithm, signature, unsignedSet, ...more] = members;
  if (signatureAlgorithm === undefined || signature === undefined || more.length > 0)
    throw incomplete(element);
  if (unsignedSet !== undefined && unsignedSet.tag !== unsignedAttributesTag) throw incomplete(element);
  if (signature.tag !== tags.octetString) throw incomplete(signature);
  const signer = readIdentifier(identifier);
  const number = readSmallInteger(version);
  const expected = signer.kind === "issuer-and-serial" ? 1 : 3;
  if (number !== expected) reading.tolerate("cms-version", version.offset, "a SignerInfo of another version");
  const signed = [version, identifier, digestAlgorithm, signedSet, signatureAlgorithm, signature];
  const signedAttributes = signedSet === undefined ? undefined : readSignedAttributes(signedSet);
  if (signedSet !== undefined && signedAttributes?.signedForms[0]?.form === "as-stored") {
    reportNotDer(signedAttributes.signedForms.length > 1, signedSet, reading);
  }
  return {
    raw: element.raw,
    signedMembers: signed.flatMap((member) => (member === undefined ? [] : [member.raw])),
    version: number,
    identifier: signer,
    digestAlgorithm: readAlgorithm(digestAlgorithm),
    signedAttributes,
    signatureAlgorithm: readAlgorithm(signatureAlgorithm),
    signature: signature.contents,
    unsignedAttributes: unsignedSet === undefined ? [] : readAttributes(unsignedSet),
  };
}

function reportNotDer(differs: boolean, set: DerElement, reading: CmsReading): void {
  if (differs) reading.tolerate("signed-attributes-not-der", set.offset, "the signed attributes are not DER");
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
