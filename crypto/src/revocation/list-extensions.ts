import { DerError, parseDer, readBoolean, readInteger, readTime, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import {
  extensionOids,
  furtherExtensionOids,
  readAuthorityKey,
  readDistributionPointName,
  readDistributionPoints,
  readReasonFlags,
  readTagged,
} from "../x509/index.ts";
import type { Extension } from "../x509/index.ts";
import type { CertificateList, IssuingDistributionPoint } from "./certificate-list.ts";

/** Extensions of lists and of their entries (RFC 5280 §5.2 and §5.3). */
export const listExtensionOids = {
  number: "2.5.29.20",
  deltaIndicator: "2.5.29.27",
  issuingDistributionPoint: "2.5.29.28",
  // X.509 §9.5.2.8
  expiredCertificates: "2.5.29.60",
} as const;

type ReadListExtensions = Pick<
  CertificateList,
  "number" | "baseNumber" | "scope" | "authorityKey" | "freshestCrl" | "expiredSince"
>;

const readers: ReadonlyMap<string, (element: DerElement) => ReadListExtensions> = new Map<
  string,
  (element: DerElement) => ReadListExtensions
>([
  [listExtensionOids.number, (element) => ({ number: readNumber(element) })],
  [listExtensionOids.deltaIndicator, (element) => ({ baseNumber: readNumber(element) })],
  [listExtensionOids.issuingDistributionPoint, (element) => ({ scope: readScope(element) })],
  [listExtensionOids.expiredCertificates, (element) => ({ expiredSince: readTime(element) })],
  [extensionOids.authorityKeyIdentifier, (element) => ({ authorityKey: readAuthorityKey(element) })],
  [furtherExtensionOids.freshestCrl, (element) => ({ freshestCrl: readDistributionPoints(element) })],
]);

/** Read, or of no weight for what the list says. */
const understood: ReadonlySet<string> = new Set<string>([
  ...readers.keys(),
  furtherExtensionOids.issuerAltName,
  furtherExtensionOids.authorityInformationAccess,
]);

/** What the extensions of a list say. @throws DerError if one is malformed. */
export function readListExtensions(extensions: readonly Extension[]): ReadListExtensions {
  let read: ReadListExtensions = {};
  for (const { oid, value } of extensions) {
    const reader = readers.get(oid);
    if (reader !== undefined) read = { ...read, ...reader(parseDer(value)) };
  }
  return read;
}

/** The critical extensions of the list that nobody here understands. */
export function unknownCriticalIn(extensions: readonly Extension[]): string[] {
  return extensions.filter(({ oid, isCritical }) => isCritical && !understood.has(oid)).map(({ oid }) => oid);
}

/** RFC 5280 §5.2.3: CRL numbers have at most 20 octets; longer ones only cost. */
function readNumber(element: DerElement): bigint {
  const value = readInteger(element);
  if (value < 0n || element.contents.length > 21) throw malformed(element, "not a CRL number");
  return value;
}

/** RFC 5280 §5.2.5 */
function readScope(element: DerElement): IssuingDistributionPoint {
  if (element.tag !== tags.sequence) throw malformed(element, "not an issuing distribution point");
  const [name, user, authority, reasons, indirect, attribute] = readTagged(
    element,
    [0xa0, 0x81, 0x82, 0x83, 0x84, 0x85],
  );
  const scope = {
    ...(name && { name: readDistributionPointName(name) }),
    onlyUserCertificates: readFlag(user),
    onlyAuthorityCertificates: readFlag(authority),
    onlyAttributeCertificates: readFlag(attribute),
    ...(reasons && { onlySomeReasons: readReasonFlags(reasons) }),
    isIndirect: readFlag(indirect),
    raw: element.raw,
  };
  const kinds = [
    scope.onlyUserCertificates,
    scope.onlyAuthorityCertificates,
    scope.onlyAttributeCertificates,
  ];
  if (kinds.filter(Boolean).length > 1)
    throw malformed(element, "only one kind of certificates can be the only one");
  return scope;
}

function readFlag(element: DerElement | undefined): boolean {
  return element !== undefined && readBoolean({ ...element, tag: tags.boolean });
}

function malformed(element: DerElement, what: string): DerError {
  return new DerError("der-bad-value", what, element.offset);
}
