import { boolean, DerError, octetString, oid, parseDer, sequence, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { parseExtensions } from "../x509/index.ts";
import type { Extension } from "../x509/index.ts";

/** The extensions of OCSP messages (RFC 6960 §4.4). */
export const ocspExtensionOids = {
  nonce: "1.3.6.1.5.5.7.48.1.2",
  crlReferences: "1.3.6.1.5.5.7.48.1.3",
  acceptableResponses: "1.3.6.1.5.5.7.48.1.4",
  noCheck: "1.3.6.1.5.5.7.48.1.5",
  archiveCutoff: "1.3.6.1.5.5.7.48.1.6",
  serviceLocator: "1.3.6.1.5.5.7.48.1.7",
  preferredSignatureAlgorithms: "1.3.6.1.5.5.7.48.1.8",
  extendedRevoke: "1.3.6.1.5.5.7.48.1.9",
} as const;

/** RFC 8954 §2.1 demands 1 to 32 octets; RFC 9654 §2.1 allows up to 128, which is still small. */
export const ocspNonceOctets = { minimum: 1, maximum: 128 } as const;

/** Messages have at most four; each costs a look. */
const maximumExtensions = 32;

/** SEQUENCE OF Extension, each id once (RFC 5280 §4.2). @throws DerError, X509Error */
export function readOcspExtensions(from: DerElement): readonly Extension[] {
  if (from.children.length > maximumExtensions)
    throw new DerError("der-bad-value", "there are too many extensions", from.offset);
  return parseExtensions(from);
}

/** The nonce among the extensions (RFC 8954 §2.1), or undefined if there is none. @throws DerError */
export function readOcspNonce(extensions: readonly Extension[]): Uint8Array | undefined {
  const extension = extensions.find(({ oid: id }) => id === ocspExtensionOids.nonce);
  if (extension === undefined) return undefined;
  const nonce = parseDer(extension.value);
  const { length } = nonce.contents;
  const isSized = length >= ocspNonceOctets.minimum && length <= ocspNonceOctets.maximum;
  if (nonce.tag !== tags.octetString || !isSized)
    throw new DerError("der-bad-value", "a nonce is an OCTET STRING of 1 to 128 octets", nonce.offset);
  return nonce.contents;
}

/** SEQUENCE OF Extension in the order given, DER. */
export function encodeOcspExtensions(extensions: readonly Extension[]): Uint8Array {
  return sequence(
    ...extensions.map(({ oid: id, isCritical, value }) =>
      sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octetString(value)),
    ),
  );
}

/** @throws RangeError for a nonce that is not 1 to 128 octets long. */
export function nonceExtension(nonce: Uint8Array): Extension {
  if (nonce.length < ocspNonceOctets.minimum || nonce.length > ocspNonceOctets.maximum)
    throw new RangeError("a nonce has 1 to 128 octets");
  return { oid: ocspExtensionOids.nonce, isCritical: false, value: octetString(nonce) };
}
