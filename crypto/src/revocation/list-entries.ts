import { hexOf, latin1Of } from "../bytes/index.ts";
import { DerError, parseDer, readTime, tags } from "../der/index.ts";
import { directoryNamesOf, parseExtensions, parseGeneralNames } from "../x509/index.ts";
import type { Name } from "../x509/index.ts";
import type { RevokedEntry } from "./certificate-list.ts";
import { rawOf, spansIn } from "./der-spans.ts";
import type { DerSpan } from "./der-spans.ts";
import { readRevocationReason } from "./revocation-reason.ts";
import type { RevocationReason } from "./revocation-reason.ts";

/** RFC 5280 §5.3 */
export const entryExtensionOids = {
  reasonCode: "2.5.29.21",
  invalidityDate: "2.5.29.24",
  certificateIssuer: "2.5.29.29",
} as const;

/** The largest public authorities list some hundred thousand; more is no list that a document brings. */
export const mostEntries = 1_000_000;

interface EntryExtensions {
  readonly reason: RevocationReason;
  readonly invalidAt?: Date;
  readonly certificateIssuers?: readonly Name[];
  readonly unknownCritical: readonly string[];
}

export interface ReadEntries {
  readonly entries: ReadonlyMap<string, readonly RevokedEntry[]>;
  readonly entryCount: number;
  readonly unknownCritical: readonly string[];
}

/**
 * Reads revokedCertificates (RFC 5280 §5.1.2.6). Times and extensions are mostly the same from entry to entry, so each
 * form is read once.
 *
 * @param issuer of the list, whose certificates these are until an entry names another issuer (RFC 5280 §5.3.3).
 * @throws DerError, X509Error
 */
export function readEntries(bytes: Uint8Array, list: DerSpan, issuer: Name): ReadEntries {
  const entries = new Map<string, RevokedEntry[]>();
  const unknownCritical = new Set<string>();
  const readTimeOnce = remembering((raw) => readTime(parseDer(raw)));
  const readExtensionsOnce = remembering(readEntryExtensions);
  let certificateIssuers: readonly Name[] = [issuer];
  let entryCount = 0;
  for (const span of spansIn(bytes, list)) {
    entryCount += 1;
    if (entryCount > mostEntries) throw new DerError("der-too-many-elements", "too many entries", span.start);
    const [serial, time, extensions] = membersOf(bytes, span);
    const read = extensions === undefined ? noExtensions : readExtensionsOnce(rawOf(bytes, extensions));
    certificateIssuers = read.certificateIssuers ?? certificateIssuers;
    for (const oid of read.unknownCritical) unknownCritical.add(oid);
    const serialNumber = readSerial(bytes, serial);
    const entry = {
      serialNumber,
      revokedAt: readTimeOnce(rawOf(bytes, time)),
      reason: read.reason,
      ...(read.invalidAt !== undefined && { invalidAt: read.invalidAt }),
      certificateIssuers,
    };
    const known = entries.get(serialNumber);
    if (known === undefined) entries.set(serialNumber, [entry]);
    else known.push(entry);
  }
  return { entries, entryCount, unknownCritical: [...unknownCritical] };
}

/** In the one form of DER: in another it would not be found when a certificate with this number is looked for. */
function readSerial(bytes: Uint8Array, { start, contentsStart, end }: DerSpan): string {
  const [first, second] = bytes.subarray(contentsStart, end);
  const isPadded = second !== undefined && first === (second < 0x80 ? 0x00 : 0xff);
  if (first === undefined || isPadded) {
    throw new DerError("der-bad-value", "a serial number is not in its shortest form", start);
  }
  return hexOf(bytes.subarray(contentsStart, end));
}

function membersOf(bytes: Uint8Array, entry: DerSpan): [DerSpan, DerSpan, DerSpan | undefined] {
  const [serial, time, extensions, ...more] = spansIn(bytes, entry);
  if (entry.tag !== tags.sequence || serial?.tag !== tags.integer || time === undefined || more.length > 0) {
    throw new DerError(
      "der-unexpected",
      "an entry has a serial number, a time and perhaps extensions",
      entry.start,
    );
  }
  return [serial, time, extensions];
}

const noExtensions: EntryExtensions = { reason: "unspecified", unknownCritical: [] };

function readEntryExtensions(raw: Uint8Array): EntryExtensions {
  let read = noExtensions;
  for (const { oid, isCritical, value } of parseExtensions(parseDer(raw))) {
    if (oid === entryExtensionOids.reasonCode) {
      read = { ...read, reason: readRevocationReason(parseDer(value)) };
    } else if (oid === entryExtensionOids.invalidityDate) {
      read = { ...read, invalidAt: readTime(parseDer(value)) };
    } else if (oid === entryExtensionOids.certificateIssuer) {
      const certificateIssuers = directoryNamesOf(parseGeneralNames(parseDer(value)));
      // Nobody knows whose certificates these are, so nobody knows who is not revoked.
      if (certificateIssuers.length === 0) read = withUnknown(read, oid);
      read = { ...read, certificateIssuers };
    } else if (isCritical) {
      read = withUnknown(read, oid);
    }
  }
  return read;
}

function withUnknown(read: EntryExtensions, oid: string): EntryExtensions {
  return { ...read, unknownCritical: [...read.unknownCritical, oid] };
}

/** Reads each distinct encoding once. Bounded by the entries of one list. */
function remembering<Value>(read: (raw: Uint8Array) => Value): (raw: Uint8Array) => Value {
  const known = new Map<string, Value>();
  return (raw) => {
    const key = latin1Of(raw);
    const value = known.get(key) ?? read(raw);
    known.set(key, value);
    return value;
  };
}
