import { DerError, readChildren, readInteger, readOid, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import type {
  NameConstraints,
  PolicyConstraints,
  PolicyInformation,
  PolicyMapping,
} from "./extension-values.ts";
import { parseGeneralName } from "./general-name.ts";
import type { GeneralName } from "./general-name.ts";
import { isSubtreeBase } from "./name-subtrees.ts";

/** RFC 5280 §4.2.1.10. @throws DerError */
export function readNameConstraints(element: DerElement): NameConstraints {
  const [permitted, excluded] = readTagged(element, [0xa0, 0xa1]);
  if (permitted === undefined && excluded === undefined) throw malformed(element, "empty name constraints");
  return { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) };
}

function readSubtrees(element: DerElement | undefined): readonly GeneralName[] {
  if (element === undefined) return [];
  const subtrees = readChildren(element, element.tag).map((subtree) => {
    const [base, ...distances] = readChildren(subtree);
    // The minimum is the default 0, which DER leaves out, and the maximum must be absent.
    if (base === undefined || distances.length > 0) throw malformed(subtree, "a subtree with distances");
    return checkedBase(base);
  });
  if (subtrees.length === 0) throw malformed(element, "an empty list of subtrees");
  return subtrees;
}

/** RFC 5280 §4.2.1.10: an address has as many octets of mask, which are ones followed by zeros (RFC 4632). */
function checkedBase(element: DerElement): GeneralName {
  const base = parseGeneralName(element);
  if (!isSubtreeBase(base)) throw malformed(element, "a subtree whose base is no name of its form");
  if (base.kind !== "ip") return base;
  const mask = [...base.octets.subarray(base.octets.length / 2)];
  const bits = mask.map((octet) => octet.toString(2).padStart(8, "0")).join("");
  const isRange = (bits.length === 32 || bits.length === 128) && /^1*0*$/.test(bits);
  if (!isRange || base.octets.length % 2 !== 0) throw malformed(element, "not a range of addresses");
  return base;
}

/** RFC 5280 §4.2.1.4: no policy twice. @throws DerError */
export function readCertificatePolicies(element: DerElement): readonly PolicyInformation[] {
  const policies = readChildren(element).map((information) => {
    const [id, qualifiers, ...more] = readChildren(information);
    if (id === undefined || more.length > 0) throw malformed(information, "not policy information");
    return { oid: readOid(id), qualifiers: qualifiers === undefined ? [] : readQualifiers(qualifiers) };
  });
  if (policies.length === 0 || new Set(policies.map(({ oid }) => oid)).size !== policies.length) {
    throw malformed(element, "no policy, or one twice");
  }
  return policies;
}

function readQualifiers(element: DerElement): PolicyInformation["qualifiers"] {
  return readChildren(element).map((qualifier) => {
    const [id, value, ...more] = readChildren(qualifier);
    if (id === undefined || value === undefined || more.length > 0)
      throw malformed(qualifier, "not a qualifier");
    return { oid: readOid(id), value: value.raw };
  });
}

/** RFC 5280 §4.2.1.5. @throws DerError */
export function readPolicyMappings(element: DerElement): readonly PolicyMapping[] {
  const mappings = readChildren(element).map((mapping) => {
    const [from, to, ...more] = readChildren(mapping);
    if (from === undefined || to === undefined || more.length > 0) throw malformed(mapping, "not a mapping");
    return { issuerDomainPolicy: readOid(from), subjectDomainPolicy: readOid(to) };
  });
  if (mappings.length === 0) throw malformed(element, "an empty list of mappings");
  return mappings;
}

/** RFC 5280 §4.2.1.11. @throws DerError */
export function readPolicyConstraints(element: DerElement): PolicyConstraints {
  const [explicit, mapping] = readTagged(element, [0x80, 0x81]);
  if (explicit === undefined && mapping === undefined) throw malformed(element, "empty policy constraints");
  return {
    ...(explicit && { requireExplicitPolicy: readSkipCertificates(explicit) }),
    ...(mapping && { inhibitPolicyMapping: readSkipCertificates(mapping) }),
  };
}

/**
 * RFC 5280 §4.2.1.11 SkipCerts: a number of certificates, at least 0. Larger ones than any path mean the same.
 *
 * @throws DerError
 */
export function readSkipCertificates(element: DerElement): number {
  const value = readInteger({ ...element, tag: tags.integer });
  if (value < 0n) throw malformed(element, "a negative number of certificates");
  return value > 0x7fff_ffffn ? 0x7fff_ffff : Number(value);
}

/** The members with these tags, each at most once and in this order. @throws DerError if there are others. */
export function readTagged(element: DerElement, wanted: readonly number[]): (DerElement | undefined)[] {
  const members = [...readChildren(element, element.tag)];
  const found = wanted.map((tag) => (members[0]?.tag === tag ? members.shift() : undefined));
  if (members.length > 0) throw malformed(element, "an unexpected member");
  return found;
}

function malformed(element: DerElement, what: string): DerError {
  return new DerError("der-bad-value", what, element.offset);
}
