import { hexOf, utf8Of } from "../bytes/index.ts";
import { DerError, parseDer, readChildren, readOid, readString, sequence, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { comparableAttribute, comparableName, comparableRelativeName } from "./name-comparison.ts";

/** Short names of the attribute types met in certificates (RFC 4514 §3, RFC 4519, X.520). */
export const attributeTypes = {
  CN: "2.5.4.3",
  SN: "2.5.4.4",
  SERIALNUMBER: "2.5.4.5",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  STREET: "2.5.4.9",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  TITLE: "2.5.4.12",
  GN: "2.5.4.42",
  // ETSI EN 319 412-1: the identifier of an organization.
  organizationIdentifier: "2.5.4.97",
  UID: "0.9.2342.19200300.100.1.1",
  DC: "0.9.2342.19200300.100.1.25",
  E: "1.2.840.113549.1.9.1",
} as const;

export type AttributeType = keyof typeof attributeTypes;

export interface NameAttribute {
  readonly oid: string;
  /** Absent for an attribute type without a short name here. */
  readonly type?: AttributeType;
  /** Text; `#` and the hexadecimal DER for a value that is not a string we know (RFC 4514 §2.4). */
  readonly value: string;
}

/** A distinguished name (X.501). Two names are compared by `comparable` or `raw`, never by `text`. */
export interface Name {
  /** DER, as it stood in the certificate. */
  readonly raw: Uint8Array;
  /** In the order of the encoding, which normally goes from the country to the person. */
  readonly attributes: readonly NameAttribute[];
  /** For people, close to RFC 4514: last attribute first, e.g. `CN=…, O=…, C=CN`; controls and separators escaped. */
  readonly text: string;
  /** The same for two names that are the same by RFC 5280 §7.1. Not for people. */
  readonly comparable: string;
  /** The relative names in that form, from the outermost: a name lies in the subtree of its beginnings. */
  readonly comparableParts: readonly string[];
}

/** Whether two names are the same by RFC 5280 §7.1: without regard to case, string types and repeated spaces. */
export function isSameName(left: Name, right: Name): boolean {
  return left.comparable === right.comparable;
}

/** Reads a Name: SEQUENCE OF SET OF { type, value }. @throws DerError */
export function parseName(element: DerElement): Name {
  const relativeNames = readChildren(element).map((relative) => {
    const attributes = readChildren(relative, tags.set).map(parseAttribute);
    if (attributes.length === 0)
      throw new DerError("der-unexpected", "an empty relative name", relative.offset);
    return attributes;
  });
  const comparableParts = relativeNames.map((attributes) =>
    comparableRelativeName(attributes.map(({ comparable }) => comparable)),
  );
  const texts = relativeNames.map((attributes) => attributes.map(({ text }) => text).join("+"));
  return {
    raw: element.raw,
    attributes: relativeNames.flat().map(({ attribute }) => attribute),
    text: texts.reverse().join(", "),
    comparable: comparableName(comparableParts),
    comparableParts,
  };
}

/**
 * The name that a RelativeDistinguishedName completes (RFC 5280 §4.2.1.13 nameRelativeToCRLIssuer).
 *
 * @param relative DER of the SET OF.
 * @throws DerError
 */
export function nameBelow(base: Name, relative: Uint8Array): Name {
  return parseName(parseDer(sequence(parseDer(base.raw).contents, relative)));
}

/** The first value of an attribute type, e.g. the seal code of a seal owner's certificate in `CN`. */
export function attributeOf(name: Name, type: AttributeType): string | undefined {
  return name.attributes.find((attribute) => attribute.type === type)?.value;
}

const typeOfOid = new Map<string, AttributeType>(
  Object.entries(attributeTypes).map(([type, oid]) => [oid, type as AttributeType]),
);

function parseAttribute(element: DerElement): {
  attribute: NameAttribute;
  text: string;
  comparable: string;
} {
  const [typeElement, valueElement, ...more] = readChildren(element);
  if (typeElement === undefined || valueElement === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "a name attribute has a type and a value", element.offset);
  }
  const oid = readOid(typeElement);
  const type = typeOfOid.get(oid);
  const string = stringOf(valueElement);
  const value = string ?? `#${hexOf(valueElement.raw)}`;
  return {
    attribute: type === undefined ? { oid, value } : { oid, type, value },
    text: `${type ?? oid}=${string === undefined ? value : escapeValue(string)}`,
    comparable: comparableAttribute(oid, valueElement, string),
  };
}

/** Undefined for a type we do not read (UniversalString, NumericString, a structure): shown, and compared by `raw`. */
function stringOf(element: DerElement): string | undefined {
  try {
    return readString(element);
  } catch (cause) {
    if (cause instanceof DerError && cause.code === "der-unexpected") return undefined;
    throw cause;
  }
}

/**
 * RFC 4514 §2.4, and beyond it every control and format character: a name with line breaks or with marks that turn the
 * writing direction must not be able to look like another one on a page or in a log.
 */
function escapeValue(value: string): string {
  return value
    .replaceAll(/[,+"\\<>;]/g, (character) => `\\${character}`)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, hexPairsOf)
    .replace(/^#/, "\\#")
    .replace(/ $/, "\\ ")
    .replace(/^ (?=.)/, "\\ ");
}

function hexPairsOf(character: string): string {
  return hexOf(utf8Of(character)).replaceAll(/../g, (pair) => `\\${pair}`);
}
