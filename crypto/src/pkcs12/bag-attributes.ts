import { bytesOfHex, hexOf } from "../bytes/index.ts";
import {
  element,
  octetString,
  oid,
  readChildren,
  readOid,
  readString,
  sequence,
  setOf,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readOctets } from "../pkcs8/index.ts";

/** What a bag says of its contents (RFC 7292 §4.2; the attributes are those of RFC 2985 §5.5). */
export interface BagAttributes {
  readonly friendlyName: string | undefined;
  /** In hexadecimal; the same for a key and its certificate. */
  readonly localKeyId: string | undefined;
}

const friendlyNameOid = "1.2.840.113549.1.9.20";
const localKeyIdOid = "1.2.840.113549.1.9.21";

/** Java lists only such certificates as its own that have this attribute: trusted for any use. */
const javaTrustedUseOid = "2.16.840.1.113894.746875.1.1";
const anyExtendedKeyUsage = "2.5.29.37.0";

/** Reads the SET of attributes; unknown ones are passed over. @throws DerError */
export function readBagAttributes(set: DerElement | undefined): BagAttributes {
  const values = new Map<string, DerElement | undefined>();
  // Not as a SET OF: writers leave these in any order, and nothing depends on it.
  for (const attribute of set === undefined ? [] : readChildren(set, tags.set)) {
    const [type, list] = readChildren(attribute);
    if (type !== undefined && list !== undefined) values.set(readOid(type), readChildren(list, tags.set)[0]);
  }
  const friendlyName = values.get(friendlyNameOid);
  const localKeyId = values.get(localKeyIdOid);
  return {
    friendlyName: friendlyName === undefined ? undefined : readString(friendlyName, tags.bmpString),
    localKeyId: localKeyId === undefined ? undefined : hexOf(readOctets(localKeyId, "localKeyId")),
  };
}

/** The SET, or nothing if there are no attributes. @throws RangeError for half a surrogate pair in the name. */
export function writeBagAttributes(
  attributes: Partial<BagAttributes> & { readonly isTrusted?: boolean },
): readonly Uint8Array[] {
  const { friendlyName, localKeyId, isTrusted = false } = attributes;
  const list: Uint8Array[] = [];
  if (friendlyName !== undefined) list.push(attribute(friendlyNameOid, bmpString(friendlyName)));
  if (localKeyId !== undefined) list.push(attribute(localKeyIdOid, octetString(bytesOfHex(localKeyId))));
  if (isTrusted) list.push(attribute(javaTrustedUseOid, oid(anyExtendedKeyUsage)));
  return list.length === 0 ? [] : [setOf(...list)];
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return sequence(oid(type), setOf(value));
}

/** Characters beyond the first plane go as two surrogates, as everybody does. */
function bmpString(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) throw new RangeError("a name has half a character");
  const octets = new Uint8Array(text.length * 2);
  for (let index = 0; index < text.length; index += 1) {
    octets[index * 2] = text.charCodeAt(index) >> 8;
    octets[index * 2 + 1] = text.charCodeAt(index) & 0xff;
  }
  return element(tags.bmpString, octets);
}
