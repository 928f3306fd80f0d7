// The @peculiar packages read decorators' metadata while they are imported.
import "reflect-metadata";

import { AsnConvert } from "@peculiar/asn1-schema";
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";

import { attributeTypes } from "../x509/index.ts";
import type { AttributeType, Name as DistinguishedName } from "../x509/index.ts";
import { IssuingError } from "./error.ts";

/** A distinguished name to be encoded, in the order of the encoding: normally C first and CN last. */
export type NameInput = readonly { readonly type: AttributeType; readonly value: string }[];

/** Upper bounds in characters (RFC 5280 appendix A.1, X.520 annex C); a DNS label has 63 (RFC 1035). */
const maximumLengths: Readonly<Record<AttributeType, number>> = {
  CN: 64,
  SN: 40,
  SERIALNUMBER: 64,
  C: 2,
  L: 128,
  ST: 128,
  STREET: 128,
  O: 64,
  OU: 64,
  TITLE: 64,
  GN: 16,
  organizationIdentifier: 256,
  UID: 256,
  DC: 63,
  E: 255,
};

/** More says nothing about anybody, and some readers stop counting. */
const maximumAttributes = 16;

/** Types whose syntax is not DirectoryString (RFC 5280 appendix A.1); the others are UTF8String, as §4.1.2.4 requires. */
const narrowSyntaxes: Partial<
  Record<AttributeType, { form: "printableString" | "ia5String"; pattern: RegExp }>
> = {
  C: { form: "printableString", pattern: /^[A-Z]{2}$/ },
  SERIALNUMBER: { form: "printableString", pattern: /^[A-Za-z0-9 '()+,\-./:=?]+$/ },
  DC: { form: "ia5String", pattern: /^[A-Za-z0-9-]+$/ },
  E: { form: "ia5String", pattern: /^[!-~]+@[!-~]+$/ },
};

/**
 * The Name in DER, each attribute in a relative name of its own.
 *
 * @throws IssuingError `name-invalid` for a value that is empty, too long, padded with white space, or has control or
 *   format characters, which could make one name look like another.
 */
export function encodeName(input: NameInput): Uint8Array {
  if (input.length === 0 || input.length > maximumAttributes) {
    throw new IssuingError("name-invalid", `a name has 1 to ${String(maximumAttributes)} attributes`);
  }
  const relativeNames = input.map(({ type, value }) => {
    const attribute = new AttributeTypeAndValue({
      type: attributeTypes[type],
      value: encodeValue(type, value),
    });
    return new RelativeDistinguishedName([attribute]);
  });
  return new Uint8Array(AsnConvert.serialize(new Name(relativeNames)));
}

function encodeValue(type: AttributeType, value: string): AttributeValue {
  const length = Array.from(value).length;
  const isClean = value === value.trim() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value);
  if (length === 0 || length > maximumLengths[type] || !isClean) {
    throw new IssuingError(
      "name-invalid",
      `${type} has 1 to ${String(maximumLengths[type])} visible characters`,
    );
  }
  const narrow = narrowSyntaxes[type];
  if (narrow === undefined) return new AttributeValue({ utf8String: value });
  if (!narrow.pattern.test(value)) throw new IssuingError("name-invalid", `${type} cannot be "${value}"`);
  return new AttributeValue({ [narrow.form]: value });
}

/**
 * A name as it would be asked for.
 *
 * @throws IssuingError `name-invalid` for an attribute that we would not write ourselves, and so cannot repeat.
 */
export function nameInputOf({ attributes }: DistinguishedName): NameInput {
  return attributes.map(({ type, oid, value }) => {
    if (type === undefined || attributeTypes[type] !== oid) {
      throw new IssuingError("name-invalid", `the attribute ${oid} is unknown`);
    }
    return { type: type satisfies AttributeType, value };
  });
}
