import { writeSignatureAlgorithm } from "../algorithms/index.ts";
import { bytesOfHex, equalBytes } from "../bytes/index.ts";
import {
  contextExplicit,
  contextImplicit,
  element,
  generalizedTime,
  integer,
  sequence,
  smallInteger,
  tags,
  x509Time,
} from "../der/index.ts";
import { entryExtensionOids, listExtensionOids, revocationReasonNumbers } from "../revocation/index.ts";
import type { RevocationReason } from "../revocation/index.ts";
import { extensionOids } from "../x509/index.ts";
import { encodeDistributionPoints, encodeFullName, extension, optionOids } from "./certificate-options.ts";
import type {
  CertificateListScope,
  CertificateListToIssue,
  CertificateToRevoke,
} from "./certificate-list-input.ts";

/** TBSCertList, DER (RFC 5280 §5.1.2), its entries in the order of their serial numbers within each issuer. */
export function encodeCertificateList(
  wanted: CertificateListToIssue,
  authorityKeyIdentifier: Uint8Array,
): Uint8Array {
  const { issuer, thisUpdate, nextUpdate } = wanted;
  const entries = encodeEntries(wanted);
  return sequence(
    smallInteger(1),
    writeSignatureAlgorithm(issuer.signer.algorithm),
    issuer.certificate.subject.raw,
    x509Time(thisUpdate),
    x509Time(nextUpdate),
    // RFC 5280 §5.1.2.6: nothing at all where nothing is revoked.
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    contextExplicit(0, sequence(...encodeExtensions(wanted, authorityKeyIdentifier))),
  );
}

function encodeExtensions(wanted: CertificateListToIssue, keyIdentifier: Uint8Array): Uint8Array[] {
  const { number, baseNumber, scope, deltaCrlUrls, expiredSince } = wanted;
  return [
    extension(extensionOids.authorityKeyIdentifier, sequence(contextImplicit(0, keyIdentifier, false))),
    extension(listExtensionOids.number, integer(number)),
    ...(baseNumber === undefined
      ? []
      : [extension(listExtensionOids.deltaIndicator, integer(baseNumber), true)]),
    ...(scope === undefined
      ? []
      : [extension(listExtensionOids.issuingDistributionPoint, encodeScope(scope), true)]),
    ...(deltaCrlUrls === undefined
      ? []
      : [extension(optionOids.freshestCrl, encodeDistributionPoints(deltaCrlUrls))]),
    ...(expiredSince === undefined
      ? []
      : [extension(listExtensionOids.expiredCertificates, generalizedTime(expiredSince))]),
  ];
}

const kindTags = { users: 1, authorities: 2, attributes: 5 } as const;

/** IssuingDistributionPoint, its defaults left out. */
function encodeScope({ urls, only, onlyReasons, isIndirect }: CertificateListScope): Uint8Array {
  const yes = Uint8Array.of(0xff);
  const members: [number, Uint8Array][] = [
    ...(urls === undefined ? [] : [[0, contextExplicit(0, encodeFullName(urls))] as [number, Uint8Array]]),
    ...(only === undefined
      ? []
      : [[kindTags[only], contextImplicit(kindTags[only], yes, false)] as [number, Uint8Array]]),
    ...(onlyReasons === undefined
      ? []
      : [[3, contextImplicit(3, reasonFlags(onlyReasons), false)] as [number, Uint8Array]]),
    ...(isIndirect === true ? [[4, contextImplicit(4, yes, false)] as [number, Uint8Array]] : []),
  ];
  return sequence(...members.sort(([left], [right]) => left - right).map(([, der]) => der));
}

/** The bits of ReasonFlags (RFC 5280 §4.2.1.13); the other reasons have none. */
const reasonBits: Partial<Record<RevocationReason, number>> = {
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 7,
  aACompromise: 8,
};

/** Whether a list can be for this reason only. */
export function hasReasonBit(reason: RevocationReason): boolean {
  return reasonBits[reason] !== undefined;
}

/** The contents of a named bit list, without trailing zero bits (X.690 §11.2.2). */
function reasonFlags(reasons: readonly RevocationReason[]): Uint8Array {
  const bits = reasons.map((reason) => reasonBits[reason] ?? 0);
  const last = Math.max(...bits);
  const octets = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return Uint8Array.of(7 - (last & 7), ...octets);
}

/** An entry without certificateIssuer has that of the entry before (RFC 5280 §5.3.3), so those of one issuer stay together. */
function encodeEntries({ revoked, issuer }: CertificateListToIssue): Uint8Array[] {
  const own = issuer.certificate.subject.raw;
  const groups: { issuer: Uint8Array; entries: CertificateToRevoke[] }[] = [{ issuer: own, entries: [] }];
  for (const entry of revoked) {
    const name = entry.certificateIssuer?.raw ?? own;
    const group = groups.find((candidate) => equalBytes(candidate.issuer, name));
    if (group === undefined) groups.push({ issuer: name, entries: [entry] });
    else group.entries.push(entry);
  }
  return groups.flatMap(({ issuer: name, entries }, index) =>
    entries
      .sort((left, right) => compareSerials(left.serialNumber, right.serialNumber))
      .map((entry, at) => encodeEntry(entry, index > 0 && at === 0 ? name : undefined)),
  );
}

function compareSerials(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : left === right ? 0 : 1);
}

function encodeEntry(entry: CertificateToRevoke, issuer: Uint8Array | undefined): Uint8Array {
  const { serialNumber, revokedAt, reason = "unspecified", invalidAt } = entry;
  const extensions = [
    ...(reason === "unspecified"
      ? []
      : [
          extension(
            entryExtensionOids.reasonCode,
            element(0x0a, Uint8Array.of(revocationReasonNumbers[reason])),
          ),
        ]),
    ...(invalidAt === undefined
      ? []
      : [extension(entryExtensionOids.invalidityDate, generalizedTime(invalidAt))]),
    ...(issuer === undefined
      ? []
      : [extension(entryExtensionOids.certificateIssuer, sequence(contextExplicit(4, issuer)), true)]),
  ];
  return sequence(
    element(tags.integer, bytesOfHex(serialNumber)),
    x509Time(revokedAt),
    ...(extensions.length === 0 ? [] : [sequence(...extensions)]),
  );
}
