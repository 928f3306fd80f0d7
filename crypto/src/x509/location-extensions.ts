import { DerError, readBits, readChildren, readOid, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { hexOf } from "../bytes/index.ts";
import { readTagged } from "./constraint-extensions.ts";
import type {
  AccessDescription,
  AuthorityKey,
  DistributionPoint,
  DistributionPointName,
} from "./extension-values.ts";
import { parseGeneralName, parseGeneralNames } from "./general-name.ts";

/** RFC 5280 §4.2.1.13, also of a freshestCRL (§4.2.1.15). @throws DerError */
export function readDistributionPoints(element: DerElement): readonly DistributionPoint[] {
  const points = readChildren(element).map(readDistributionPoint);
  if (points.length === 0) throw malformed(element, "an empty list of distribution points");
  return points;
}

function readDistributionPoint(element: DerElement): DistributionPoint {
  const [name, reasons, issuer] = readTagged(element, [0xa0, 0x81, 0xa2]);
  if (name === undefined && issuer === undefined)
    throw malformed(element, "a distribution point without a name");
  return {
    ...(name && { name: readDistributionPointName(name) }),
    ...(reasons && { reasons: readReasonFlags(reasons) }),
    ...(issuer && { crlIssuer: parseGeneralNames(issuer, issuer.tag) }),
  };
}

/** The CHOICE inside its EXPLICIT tag. @throws DerError */
export function readDistributionPointName(element: DerElement): DistributionPointName {
  const [choice, ...more] = element.children;
  if (choice === undefined || more.length > 0) throw malformed(element, "not a distribution point name");
  if (choice.tag === 0xa0) return { kind: "full", names: parseGeneralNames(choice, 0xa0) };
  if (choice.tag !== 0xa1 || choice.children.length === 0) {
    throw malformed(choice, "not a distribution point name");
  }
  // The IMPLICIT tag stands for SET: whoever completes a name with it needs the SET again.
  const raw = Uint8Array.from(choice.raw);
  raw[0] = tags.set;
  return { kind: "relative", raw };
}

/** ReasonFlags with bit n of the BIT STRING as 1 << n. @throws DerError */
export function readReasonFlags(element: DerElement): number {
  const { octets } = readBits({ ...element, tag: tags.bitString });
  if (octets.length > 2) throw malformed(element, "unknown reasons");
  let flags = 0;
  for (let bit = 0; bit < octets.length * 8; bit += 1) {
    if (((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) flags |= 1 << bit;
  }
  return flags;
}

/** RFC 5280 §4.2.2.1 and §4.2.2.2. @throws DerError */
export function readAccessDescriptions(element: DerElement): readonly AccessDescription[] {
  const descriptions = readChildren(element).map((description) => {
    const [method, location, ...more] = readChildren(description);
    if (method === undefined || location === undefined || more.length > 0) {
      throw malformed(description, "not an access description");
    }
    return { method: readOid(method), location: parseGeneralName(location) };
  });
  if (descriptions.length === 0) throw malformed(element, "an empty list of access descriptions");
  return descriptions;
}

/** RFC 5280 §4.2.1.1. @throws DerError */
export function readAuthorityKey(element: DerElement): AuthorityKey {
  const [keyIdentifier, issuer, serial] = readTagged(element, [0x80, 0xa1, 0x82]);
  return {
    ...(keyIdentifier && { keyIdentifier: keyIdentifier.contents }),
    ...(issuer && { issuer: parseGeneralNames(issuer, issuer.tag) }),
    ...(serial && { serialNumber: hexOf(serial.contents) }),
  };
}

function malformed(element: DerElement, what: string): DerError {
  return new DerError("der-bad-value", what, element.offset);
}
