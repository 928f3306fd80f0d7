import {
  DerError,
  contextExplicit,
  defaultEncoded,
  nullValue,
  oid,
  readChildren,
  readSmallInteger,
  sequence,
  smallInteger,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { digestAlgorithmOfOid, digestAlgorithms } from "./digest-table.ts";
import type { DigestName } from "./digest-table.ts";
import { isNull, readAlgorithmIdentifier } from "./identifier.ts";

/** RSASSA-PSS-params that we know how to follow. */
export interface PssParameters {
  readonly digest: DigestName;
  readonly mgfDigest: DigestName;
  readonly saltLength: number;
}

const mgf1 = "1.2.840.113549.1.1.8";

/**
 * Reads RSASSA-PSS-params (RFC 4055 §3.1): four tagged members, each with a default, in this order and nothing else.
 *
 * @returns undefined for a digest, a mask generation function or a trailer that we do not know.
 * @throws DerError if it is not such a structure.
 */
export function readPssParameters(element: DerElement): PssParameters | undefined {
  const members = taggedMembers(element);
  const digest = digestOf(members.get(0xa0));
  const mgfDigest = mgfDigestOf(members.get(0xa1));
  const saltLength = smallIntegerOr(20, members.get(0xa2));
  if (saltLength < 0) throw new DerError("der-bad-value", "a salt has no negative length", element.offset);
  const isTrailerBc = smallIntegerOr(1, members.get(0xa3)) === 1;
  if (digest === undefined || mgfDigest === undefined || !isTrailerBc) return undefined;
  return { digest, mgfDigest, saltLength };
}

/** RSASSA-PSS-params with the defaults left out, as DER wants it; the digest identifiers get NULL (RFC 4055 §2.1). */
export function writePssParameters({ digest, mgfDigest, saltLength }: PssParameters): Uint8Array {
  return sequence(
    ...(digest === "SHA-1" ? [] : [contextExplicit(0, digestIdentifier(digest))]),
    ...(mgfDigest === "SHA-1" ? [] : [contextExplicit(1, sequence(oid(mgf1), digestIdentifier(mgfDigest)))]),
    ...(saltLength === 20 ? [] : [contextExplicit(2, smallInteger(saltLength))]),
  );
}

function digestIdentifier(name: DigestName): Uint8Array {
  return sequence(oid(digestAlgorithms[name].oid), nullValue());
}

/** What stands inside each of [0] to [3], by tag. */
function taggedMembers(element: DerElement): ReadonlyMap<number, DerElement> {
  const members = new Map<number, DerElement>();
  let last = 0x9f;
  for (const member of readChildren(element)) {
    const [value, ...more] = member.children;
    if (member.tag <= last || member.tag > 0xa3 || value === undefined || more.length > 0) {
      throw new DerError("der-unexpected", "not a member of RSASSA-PSS-params", member.offset);
    }
    members.set(member.tag, value);
    last = member.tag;
  }
  return members;
}

function smallIntegerOr(defaultValue: number, element: DerElement | undefined): number {
  if (element === undefined) return defaultValue;
  const value = readSmallInteger(element);
  if (value === defaultValue) defaultEncoded(element);
  return value;
}

function digestOf(element: DerElement | undefined): DigestName | undefined {
  if (element === undefined) return "SHA-1";
  const { oid: id, parameters } = readAlgorithmIdentifier(element);
  // RFC 4055 §2.1: both forms must be accepted.
  return parameters === undefined || isNull(parameters) ? digestAlgorithmOfOid(id) : undefined;
}

function mgfDigestOf(element: DerElement | undefined): DigestName | undefined {
  if (element === undefined) return "SHA-1";
  const { oid: id, parameters } = readAlgorithmIdentifier(element);
  return id === mgf1 && parameters !== undefined ? digestOf(parameters) : undefined;
}
