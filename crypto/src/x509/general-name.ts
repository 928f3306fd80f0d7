import { latin1Of } from "../bytes/index.ts";
import { DerError, readChildren, readImplicitOctets, readOid, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { parseName } from "./name.ts";
import type { Name } from "./name.ts";

/** The forms of GeneralName (RFC 5280 §4.2.1.6), in the order of their tags. */
export type GeneralName =
  | { readonly kind: "other"; readonly oid: string; readonly raw: Uint8Array }
  | { readonly kind: "email"; readonly value: string }
  | { readonly kind: "dns"; readonly value: string }
  | { readonly kind: "x400"; readonly raw: Uint8Array }
  | { readonly kind: "directory"; readonly name: Name }
  | { readonly kind: "edi-party"; readonly raw: Uint8Array }
  | { readonly kind: "uri"; readonly value: string }
  /** 4 or 16 octets, in a name constraint twice as many. */
  | { readonly kind: "ip"; readonly octets: Uint8Array }
  | { readonly kind: "registered-id"; readonly oid: string };

export type GeneralNameKind = GeneralName["kind"];

/** Reads GeneralNames: SEQUENCE OF, or the same under an implicit tag. @throws DerError */
export function parseGeneralNames(element: DerElement, tag: number = tags.sequence): readonly GeneralName[] {
  const names = readChildren(element, tag).map(parseGeneralName);
  if (names.length === 0) throw new DerError("der-unexpected", "an empty list of names", element.offset);
  return names;
}

/** @throws DerError */
export function parseGeneralName(element: DerElement): GeneralName {
  const read = readers.get(element.tag);
  if (read === undefined) throw new DerError("der-unexpected", "not a GeneralName", element.offset);
  return read(element);
}

const readers: ReadonlyMap<number, (element: DerElement) => GeneralName> = new Map<
  number,
  (element: DerElement) => GeneralName
>([
  [0xa0, (element) => ({ kind: "other", oid: readOid(firstChild(element)), raw: element.raw })],
  [0x81, (element) => ({ kind: "email", value: asciiOf(element) })],
  [0x82, (element) => ({ kind: "dns", value: asciiOf(element) })],
  [0xa3, (element) => ({ kind: "x400", raw: element.raw })],
  // EXPLICIT, because Name is a CHOICE.
  [0xa4, (element) => ({ kind: "directory", name: parseName(firstChild(element)) })],
  [0xa5, (element) => ({ kind: "edi-party", raw: element.raw })],
  [0x86, (element) => ({ kind: "uri", value: asciiOf(element) })],
  [0x87, (element) => ({ kind: "ip", octets: readImplicitOctets(element) })],
  [0x88, (element) => ({ kind: "registered-id", oid: readOid({ ...element, tag: tags.oid }) })],
]);

function firstChild(element: DerElement): DerElement {
  const [child] = element.children;
  if (child === undefined) throw new DerError("der-unexpected", "an empty name", element.offset);
  return child;
}

/** The contents of an IMPLICIT IA5String. */
function asciiOf(element: DerElement): string {
  const octets = readImplicitOctets(element);
  if (octets.some((octet) => octet >= 0x80)) {
    throw new DerError("der-bad-value", "a name that is not ASCII", element.offset);
  }
  return latin1Of(octets);
}
