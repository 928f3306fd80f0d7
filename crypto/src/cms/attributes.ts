import { equalBytes } from "../bytes/index.ts";
import {
  compareDer,
  DerError,
  element,
  encodeNode,
  node,
  oid,
  readChildren,
  readOid,
  readSetOf,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { CmsError } from "./cms-error.ts";
import { cmsLimits } from "./cms-limits.ts";
import { attributeOids } from "./oids.ts";
import { derOf } from "./re-encode.ts";
import type { Attribute, SignedAttributes } from "./signed-data.ts";

/** Attribute, DER, its values sorted (RFC 5652 §5.3). */
export function encodeAttribute(type: string, ...values: readonly Uint8Array[]): Uint8Array {
  const sorted = values.length < 2 ? values : [...values].sort(compareDer);
  return encodeNode(node(tags.sequence, encodedTypes.get(type) ?? oid(type), node(tags.set, ...sorted)));
}

/** Our own types, encoded once: an object identifier costs more than the rest of an attribute. */
const encodedTypes: ReadonlyMap<string, Uint8Array> = new Map(
  Object.values(attributeOids).map((type) => [type, oid(type)]),
);

/** The attributes of one type. More than one, or one with several values, is for the caller to judge. */
export function attributesOf(attributes: readonly Attribute[], type: string): readonly Attribute[] {
  return attributes.filter((attribute) => attribute.oid === type);
}

/** Every value of an attribute type, over all its instances. */
export function attributeValues(attributes: readonly Attribute[], type: string): readonly DerElement[] {
  return attributesOf(attributes, type).flatMap(({ values }) => values);
}

/**
 * The value of an attribute that may appear once and has one value (RFC 5652 §11.1 to §11.3).
 *
 * @returns "absent", or "repeated" where there is more than one instance or value.
 */
export function soleValue(
  attributes: readonly Attribute[],
  type: string,
): DerElement | "absent" | "repeated" {
  const found = attributesOf(attributes, type);
  const [value, ...others] = found[0]?.values ?? [];
  if (found.length === 0) return "absent";
  return found.length === 1 && value !== undefined && others.length === 0 ? value : "repeated";
}

/** Reads `[0] IMPLICIT` or `[1] IMPLICIT` SET OF Attribute. @throws DerError, CmsError `cms-too-large` */
export function readAttributes(set: DerElement): Attribute[] {
  const members = readSetOf(set, set.tag);
  if (members.length > cmsLimits.attributes) {
    throw new CmsError("cms-too-large", `a signer has ${String(members.length)} attributes`);
  }
  return members.map(readAttribute);
}

function readAttribute(attribute: DerElement): Attribute {
  const [type, values, ...more] = readChildren(attribute);
  if (type === undefined || values === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "an Attribute has two members", attribute.offset);
  }
  const members = readSetOf(values);
  if (members.length > cmsLimits.valuesPerAttribute) {
    throw new CmsError("cms-too-large", `an attribute has ${String(members.length)} values`);
  }
  return { oid: readOid(type), values: members, raw: attribute.raw };
}

/** Reads signedAttrs, `[0] IMPLICIT`, and what a signature over them may cover. @throws DerError, CmsError */
export function readSignedAttributes(set: DerElement): SignedAttributes {
  const attributes = readAttributes(set);
  const der = derOf(set, tags.set);
  const isIndefinite = set.raw[1] === 0x80;
  // The context tag gives way to that of SET, nothing else changes: RFC 5652 §5.4.
  const stored = Uint8Array.from(set.raw);
  stored[0] = tags.set;
  if (isIndefinite) return { attributes, signedForms: [{ form: "der", bytes: der }] };
  const asStored = { form: "as-stored", bytes: stored } as const;
  if (equalBytes(stored, der)) return { attributes, signedForms: [asStored] };
  return { attributes, signedForms: [asStored, { form: "der", bytes: der }] };
}

/** `[number] IMPLICIT` SET OF, sorted, of members already encoded. */
export function implicitSetOf(number: number, members: readonly Uint8Array[]): Uint8Array {
  return element(0xa0 | number, ...[...members].sort(compareDer));
}
