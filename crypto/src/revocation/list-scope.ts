import { equalBytes, hexOf } from "../bytes/index.ts";
import { DerError } from "../der/index.ts";
import { isSameName, nameBelow, spend } from "../x509/index.ts";
import type {
  Certificate,
  DistributionPoint,
  DistributionPointName,
  GeneralName,
  Name,
  PathAccount,
} from "../x509/index.ts";
import type { CertificateList } from "./certificate-list.ts";

/** All reasons but "unspecified", which every list covers: bits 1 to 8 of ReasonFlags (RFC 5280 §6.3.2 (a)). */
export const allReasons = 0b1_1111_1110;

/**
 * Where to look for a certificate: its distribution points, and its issuer's own list besides, which RFC 5280 §6.3.3
 * lets a verifier use when those do not suffice.
 */
export function pointsOf(certificate: Certificate): readonly DistributionPoint[] {
  const own: DistributionPoint = {
    name: { kind: "full", names: [{ kind: "directory", name: certificate.issuer }] },
  };
  return [...(certificate.crlDistributionPoints ?? []), own];
}

/**
 * Whether the list speaks of this certificate at this distribution point (RFC 5280 §6.3.3 (b)).
 *
 * @param account pays for comparing the names of the two, of which there can be thousands; if it cannot, the answer is no.
 */
export function coversCertificate(
  list: CertificateList,
  point: DistributionPoint,
  certificate: Certificate,
  account: PathAccount,
): boolean {
  const { scope } = list;
  if (!isFromRightIssuer(list, point, certificate)) return false;
  if (scope === undefined) return true;
  const isAuthority = certificate.basicConstraints?.isCa === true;
  if (scope.onlyAttributeCertificates) return false;
  if (scope.onlyUserCertificates && isAuthority) return false;
  if (scope.onlyAuthorityCertificates && !isAuthority) return false;
  return scope.name === undefined || namesMeet(list.issuer, scope.name, point, certificate, account);
}

/** RFC 5280 §6.3.3 (b)(1) */
function isFromRightIssuer(
  list: CertificateList,
  { crlIssuer }: DistributionPoint,
  certificate: Certificate,
): boolean {
  if (crlIssuer === undefined) return isSameName(list.issuer, certificate.issuer);
  const isNamed = crlIssuer.some((name) => name.kind === "directory" && isSameName(name.name, list.issuer));
  return isNamed && list.scope?.isIndirect === true;
}

/** RFC 5280 §6.3.3 (b)(2)(i) */
function namesMeet(
  listIssuer: Name,
  scopeName: DistributionPointName,
  point: DistributionPoint,
  certificate: Certificate,
  account: PathAccount,
): boolean {
  const ofList = fullNames(scopeName, listIssuer);
  const [firstIssuer] =
    point.crlIssuer?.flatMap((name) => (name.kind === "directory" ? [name.name] : [])) ?? [];
  const ofPoint =
    point.name === undefined
      ? (point.crlIssuer ?? [])
      : fullNames(point.name, firstIssuer ?? certificate.issuer);
  if (!spend(account, "nameComparisons", ofList.length * ofPoint.length)) return false;
  return ofList.some((left) => ofPoint.some((right) => isSameGeneralName(left, right)));
}

function fullNames(name: DistributionPointName, base: Name): readonly GeneralName[] {
  if (name.kind === "full") return name.names;
  try {
    return [{ kind: "directory", name: nameBelow(base, name.raw) }];
  } catch (cause) {
    if (cause instanceof DerError) return [];
    throw cause;
  }
}

function isSameGeneralName(left: GeneralName, right: GeneralName): boolean {
  return left.kind === right.kind && comparableGeneralName(left) === comparableGeneralName(right);
}

function comparableGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case "directory":
      return name.name.comparable;
    case "email":
    case "dns":
    case "uri":
      return name.value;
    case "ip":
      return hexOf(name.octets);
    case "registered-id":
      return name.oid;
    default:
      return hexOf(name.raw);
  }
}

/** The reasons that the list covers at the point (RFC 5280 §6.3.3 (d)), as bits of ReasonFlags. */
export function reasonsCovered({ scope }: CertificateList, { reasons }: DistributionPoint): number {
  return allReasons & (reasons ?? allReasons) & (scope?.onlySomeReasons ?? allReasons);
}

/** Whether a delta list brings this complete list up to date (RFC 5280 §5.2.4 and §6.3.3 (c)). */
export function updates(delta: CertificateList, complete: CertificateList): boolean {
  const { number, baseNumber } = delta;
  if (baseNumber === undefined || number === undefined || complete.number === undefined) return false;
  return (
    isSameName(delta.issuer, complete.issuer) &&
    hasSameScope(delta, complete) &&
    isSameKey(delta, complete) &&
    complete.number >= baseNumber &&
    complete.number < number
  );
}

function hasSameScope({ scope: left }: CertificateList, { scope: right }: CertificateList): boolean {
  if (left === undefined || right === undefined) return left === right;
  return equalBytes(left.raw, right.raw);
}

function isSameKey(
  { authorityKey: left }: CertificateList,
  { authorityKey: right }: CertificateList,
): boolean {
  const [one, other] = [left?.keyIdentifier, right?.keyIdentifier];
  return one === undefined || other === undefined || equalBytes(one, other);
}
