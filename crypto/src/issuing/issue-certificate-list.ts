import { writeSignatureAlgorithm } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { bitString, sequence } from "../der/index.ts";
import { parseCertificateList } from "../revocation/index.ts";
import type { CertificateList, IssuingDistributionPoint, RevokedEntry } from "../revocation/index.ts";
import { signVerified } from "../signer/index.ts";
import type {
  CertificateListScope,
  CertificateListToIssue,
  CertificateToRevoke,
} from "./certificate-list-input.ts";
import { encodeCertificateList, hasReasonBit } from "./encode-certificate-list.ts";
import { IssuingError } from "./error.ts";
import { keyIdentifierOf } from "./key-identifier.ts";

class Prepared {
  readonly #wanted: CertificateListToIssue;
  readonly #toBeSigned: Uint8Array;

  constructor(wanted: CertificateListToIssue, toBeSigned: Uint8Array) {
    this.#wanted = wanted;
    this.#toBeSigned = toBeSigned;
  }

  get wanted(): CertificateListToIssue {
    return this.#wanted;
  }

  /** TBSCertList, DER: what the authority signs. */
  get toBeSigned(): Uint8Array {
    return this.#toBeSigned;
  }
}

/** A list that is checked, encoded and read back, but not signed. Only {@link prepareCertificateList} makes one. */
export type PreparedCertificateList = Prepared;

/**
 * Checks and encodes a certificate revocation list (RFC 5280 §5), and reads back what was encoded, before any key is used.
 *
 * @throws IssuingError `issuer-unfit`, `certificate-list-invalid`, `extension-invalid`;
 *   `issued-certificate-list-wrong` if it reads back differently.
 */
export function prepareCertificateList(wanted: CertificateListToIssue): PreparedCertificateList {
  checkIssuer(wanted);
  checkNumbers(wanted);
  checkTimes(wanted);
  checkScope(wanted);
  checkEntries(wanted);
  const { signer, certificate } = wanted.issuer;
  const keyIdentifier = certificate.subjectKeyIdentifier ?? keyIdentifierOf(certificate.publicKey);
  const tbs = encodeCertificateList(wanted, keyIdentifier);
  const unsigned = sequence(tbs, writeSignatureAlgorithm(signer.algorithm), bitString(new Uint8Array(1)));
  checkReadBack(parseCertificateList(unsigned), wanted);
  return new Prepared(wanted, tbs);
}

/**
 * Lets the authority sign a prepared list, and gives it in DER. The signature is verified before it leaves.
 *
 * @throws SignerError `signature-wrong`. Rejects as the signer does if the device fails.
 */
export async function signCertificateList(prepared: PreparedCertificateList): Promise<Uint8Array> {
  const { signer } = prepared.wanted.issuer;
  const signature = await signVerified(signer, prepared.toBeSigned);
  return sequence(prepared.toBeSigned, writeSignatureAlgorithm(signer.algorithm), bitString(signature));
}

/**
 * Issues a certificate revocation list, full or delta: {@link prepareCertificateList}, then {@link signCertificateList}.
 *
 * @throws IssuingError; SignerError if the key's signature is wrong. Rejects as the signer does if the device fails.
 */
export async function issueCertificateList(wanted: CertificateListToIssue): Promise<Uint8Array> {
  return signCertificateList(prepareCertificateList(wanted));
}

function refuse(isWrong: boolean, message: string): void {
  if (isWrong) throw new IssuingError("certificate-list-invalid", message);
}

function checkIssuer({ issuer: { signer, certificate } }: CertificateListToIssue): void {
  if (!equalBytes(signer.publicKey, certificate.publicKey)) {
    throw new IssuingError("issuer-unfit", "the key is not the one of the issuer's certificate");
  }
  if (certificate.keyUsage?.has("cRLSign") === false) {
    throw new IssuingError("issuer-unfit", "the issuer's key is not for signing lists (no cRLSign)");
  }
}

/** RFC 5280 §5.2.3: at most 20 octets, so that every client can hold it. */
const numberEnd = 2n ** 159n;

function checkNumbers({ number, baseNumber }: CertificateListToIssue): void {
  refuse(number < 0n || number >= numberEnd, "the number of a list is from 0 to 2^159 - 1");
  if (baseNumber === undefined) return;
  refuse(baseNumber < 0n || baseNumber >= number, "a delta list starts from an earlier full list");
}

function checkTimes({ thisUpdate, nextUpdate, revoked, expiredSince }: CertificateListToIssue): void {
  // Written so that an invalid date is refused too.
  refuse(!(thisUpdate < nextUpdate), "the next update comes after this one");
  const times = [thisUpdate, nextUpdate, ...revoked.map(({ revokedAt }) => revokedAt)];
  const isWritable = times.every((time) => time.getUTCFullYear() >= 1950 && time.getUTCFullYear() <= 9999);
  refuse(!isWritable, "times are between the years 1950 and 9999");
  const others = [...revoked.map(({ invalidAt }) => invalidAt), expiredSince];
  refuse(
    others.some(
      (time) => time !== undefined && !(time.getUTCFullYear() >= 0 && time.getUTCFullYear() <= 9999),
    ),
    "a time is none",
  );
}

function checkScope({ scope, baseNumber, deltaCrlUrls }: CertificateListToIssue): void {
  // RFC 5280 §5.2.6: a delta list does not lead to further ones.
  refuse(baseNumber !== undefined && deltaCrlUrls !== undefined, "a delta list has no freshest CRL");
  if (scope === undefined) return;
  const { urls, only, onlyReasons, isIndirect } = scope;
  const isEmpty =
    urls === undefined && only === undefined && onlyReasons === undefined && isIndirect !== true;
  // RFC 5280 §5.2.5: the extension must not be an empty SEQUENCE.
  refuse(isEmpty, "the scope of a list says something");
  if (onlyReasons === undefined) return;
  refuse(
    onlyReasons.length === 0 || !onlyReasons.every(hasReasonBit),
    "a list cannot be for these reasons only",
  );
}

function checkEntries({ issuer, revoked, baseNumber, scope }: CertificateListToIssue): void {
  const seen = new Set<string>();
  for (const { serialNumber, reason, certificateIssuer } of revoked) {
    refuse(!isSerial(serialNumber), `"${serialNumber}" is not a serial number`);
    refuse(reason === "removeFromCRL" && baseNumber === undefined, "only a delta list removes entries");
    refuse(certificateIssuer !== undefined && scope?.isIndirect !== true, "the list is not indirect");
    const key = `${serialNumber} ${(certificateIssuer ?? issuer.certificate.subject).comparable}`;
    refuse(seen.has(key), `the serial number ${serialNumber} is there twice`);
    seen.add(key);
  }
}

/** Whole octets in the fewest of them. Certificates of others may have serial numbers of zero, or negative ones. */
function isSerial(text: string): boolean {
  const isShortest = !/^(00[0-7]|ff[89a-f])/.test(text);
  return /^([0-9a-f]{2}){1,32}$/.test(text) && isShortest;
}

function checkReadBack(list: CertificateList, wanted: CertificateListToIssue): void {
  const ownName = wanted.issuer.certificate.subject.raw;
  const isSame =
    equalBytes(list.issuer.raw, ownName) &&
    hasSameNumbers(list, wanted) &&
    isSameScope(list.scope, wanted.scope) &&
    list.unknownCriticalExtensions.length === 0 &&
    list.entryCount === wanted.revoked.length &&
    wanted.revoked.every((entry) => isListed(list, entry, ownName));
  if (!isSame) throw new IssuingError("issued-certificate-list-wrong", "the list reads back as another");
}

function hasSameNumbers(list: CertificateList, wanted: CertificateListToIssue): boolean {
  return (
    list.number === wanted.number &&
    list.baseNumber === wanted.baseNumber &&
    list.thisUpdate.getTime() === wholeSeconds(wanted.thisUpdate) &&
    list.nextUpdate?.getTime() === wholeSeconds(wanted.nextUpdate)
  );
}

function isSameScope(
  read: IssuingDistributionPoint | undefined,
  wanted: CertificateListScope | undefined,
): boolean {
  if (read === undefined || wanted === undefined) return read === wanted;
  return (
    (read.name !== undefined) === (wanted.urls !== undefined) &&
    read.onlyUserCertificates === (wanted.only === "users") &&
    read.onlyAuthorityCertificates === (wanted.only === "authorities") &&
    read.onlyAttributeCertificates === (wanted.only === "attributes") &&
    (read.onlySomeReasons !== undefined) === (wanted.onlyReasons !== undefined) &&
    read.isIndirect === (wanted.isIndirect === true)
  );
}

function isListed(list: CertificateList, wanted: CertificateToRevoke, ownName: Uint8Array): boolean {
  const { serialNumber, revokedAt, reason = "unspecified", invalidAt, certificateIssuer } = wanted;
  const isSame = (entry: RevokedEntry): boolean =>
    entry.revokedAt.getTime() === wholeSeconds(revokedAt) &&
    entry.reason === reason &&
    entry.invalidAt?.getTime() === (invalidAt && wholeSeconds(invalidAt)) &&
    entry.certificateIssuers.some(({ raw }) => equalBytes(raw, certificateIssuer?.raw ?? ownName));
  return list.entries.get(serialNumber)?.some(isSame) === true;
}

function wholeSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000) * 1000;
}
