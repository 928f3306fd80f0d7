import { judgeAlgorithm, parsePublicKey, readSignatureScheme } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { parseDer, sequence, x509Time } from "../der/index.ts";
import { attributeOf, extensionOids, parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { optionOids } from "./certificate-options.ts";
import type { CertificateOption, CertificateProfile } from "./profiles.ts";

/** One thing that a certificate of this profile must not be; a sentence for the operator. */
export type LintFinding = string;

/** The extension that each option of a profile makes; the path length is in basic constraints, which are always there. */
const extensionsOfOptions: Readonly<Record<CertificateOption, string | undefined>> = {
  pathLength: undefined,
  nameConstraints: optionOids.nameConstraints,
  policies: optionOids.policies,
  alternativeNames: optionOids.alternativeNames,
  crlUrls: optionOids.crlDistributionPoints,
  deltaCrlUrls: optionOids.freshestCrl,
  ocspUrls: optionOids.authorityInformation,
  issuerUrls: optionOids.authorityInformation,
};

/**
 * Everything in a certificate that its profile forbids or RFC 5280 does not allow an authority to issue. Reads the
 * encoding, not what was asked for, so it also judges the encoder; looks at no signature.
 *
 * @param der a certificate; its signature may be anything.
 */
export function lintCertificate(der: Uint8Array, profile: CertificateProfile): LintFinding[] {
  const certificate = readForLint(der);
  if (typeof certificate === "string") return [certificate];
  return [
    ...lintAlgorithms(certificate),
    ...lintNumbers(certificate),
    ...lintUsage(certificate, profile),
    ...lintExtensionSet(certificate, profile),
    ...lintNames(certificate, profile),
  ];
}

function readForLint(der: Uint8Array): Certificate | string {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (cause instanceof X509Error) return `It cannot be read: ${cause.message}.`;
    throw cause;
  }
}

function finding(isWrong: boolean, text: string): LintFinding[] {
  return isWrong ? [text] : [];
}

/** The algorithm table decides what may be issued today; what it accepts by date has no end for these. */
function lintAlgorithms({ raw, notBefore, publicKey }: Certificate): LintFinding[] {
  const algorithm = parseDer(raw).children[1];
  const scheme = algorithm && readSignatureScheme(algorithm);
  if (scheme === undefined) return ["Its signature algorithm is unknown."];
  const use = { at: notBefore, policy: "default" } as const;
  const judgements = [
    judgeAlgorithm({ ...use, scheme }),
    judgeAlgorithm({ ...use, publicKey: parsePublicKey(publicKey) }),
  ];
  return judgements.flatMap((judgement) =>
    judgement.accepted ? [] : [`Not accepted: ${judgement.detail}.`],
  );
}

/** RFC 5280 §4.1.2.2 and §4.1.2.5. */
function lintNumbers(certificate: Certificate): LintFinding[] {
  const { serialNumber, notBefore, notAfter, tbs } = certificate;
  // Without version 1 and 2, the validity is the fifth member.
  const validity = parseDer(tbs).children[4]?.raw ?? new Uint8Array();
  const isPositive = /^[0-7]/.test(serialNumber) && !/^0*$/.test(serialNumber);
  return [
    ...finding(!isPositive, "Its serial number is not positive."),
    ...finding(serialNumber.length > 40, "Its serial number has more than 20 octets."),
    ...finding(notAfter < notBefore, "It ends before it begins."),
    ...finding(
      !equalBytes(validity, sequence(x509Time(notBefore), x509Time(notAfter))),
      "Its times are not UTCTime until 2049 and GeneralizedTime after.",
    ),
  ];
}

function lintUsage(certificate: Certificate, profile: CertificateProfile): LintFinding[] {
  const { basicConstraints, keyUsage, extendedKeyUsage = [] } = certificate;
  const { pathLength } = profile.authority ?? {};
  const isFree = profile.options.includes("pathLength");
  return [
    ...finding(
      !isSameSet([...(keyUsage ?? [])], profile.keyUsage),
      `Its key usage is not ${profile.keyUsage.join(", ")}.`,
    ),
    ...finding(!isSameSet(extendedKeyUsage, profile.extendedKeyUsage), "Its extended key usage is another."),
    ...finding(
      (basicConstraints !== undefined) !== (profile.authority !== undefined) ||
        basicConstraints?.isCa === false,
      profile.authority === undefined ? "It is an authority's." : "It is not an authority's.",
    ),
    ...finding(!isFree && basicConstraints?.pathLength !== pathLength, "Its path length is another."),
  ];
}

function lintExtensionSet(certificate: Certificate, profile: CertificateProfile): LintFinding[] {
  const { subjectKeyIdentifier, authorityKeyIdentifier, extensions, malformedExtensions } = certificate;
  const required = new Set<string>([
    extensionOids.subjectKeyIdentifier,
    extensionOids.authorityKeyIdentifier,
    extensionOids.keyUsage,
    ...(profile.authority ? [extensionOids.basicConstraints] : []),
    ...(profile.extendedKeyUsage.length > 0 ? [extensionOids.extendedKeyUsage] : []),
    ...(profile.hasNoCheck === true ? [optionOids.noCheck] : []),
    ...(profile.needsAlternativeName === true ? [optionOids.alternativeNames] : []),
  ]);
  const optional = profile.options.flatMap((option) => extensionsOfOptions[option] ?? []);
  const critical = new Set<string>([
    extensionOids.basicConstraints,
    extensionOids.keyUsage,
    optionOids.nameConstraints,
    ...(profile.isExtendedKeyUsageCritical === true ? [extensionOids.extendedKeyUsage] : []),
  ]);
  const present = new Set(extensions.map(({ oid }) => oid));
  return [
    ...[...required].filter((id) => !present.has(id)).map((id) => `The extension ${id} is missing.`),
    ...[...present]
      .filter((id) => !required.has(id) && !optional.includes(id))
      .map((id) => `The extension ${id} has no place in it.`),
    ...extensions
      .filter(({ oid, isCritical }) => isCritical !== critical.has(oid))
      .map(({ oid, isCritical }) => `The extension ${oid} is ${isCritical ? "" : "not "}critical.`),
    ...malformedExtensions.map(({ oid, detail }) => `The extension ${oid} is malformed: ${detail}.`),
    ...finding(
      subjectKeyIdentifier?.length === 0 || authorityKeyIdentifier?.length === 0,
      "A key identifier is empty.",
    ),
  ];
}

function lintNames({ subject, issuer }: Certificate, profile: CertificateProfile): LintFinding[] {
  const isSelfIssued = equalBytes(subject.raw, issuer.raw);
  const types = subject.attributes.map(({ oid }) => oid).filter((oid) => !repeatable.has(oid));
  return [
    ...finding(isSelfIssued && !profile.isSelfSigned && profile.maySelfIssue !== true, "It is self-issued."),
    ...finding(!isSelfIssued && profile.isSelfSigned, "It is not self-issued."),
    ...finding(new Set(types).size < types.length, "An attribute stands in its subject twice."),
    ...profile.requiredAttributes
      .filter((type) => attributeOf(subject, type) === undefined)
      .map((type) => `Its subject has no ${type}.`),
    ...(profile.attributeRules ?? [])
      .filter(({ type, pattern }) => !pattern.test(attributeOf(subject, type) ?? ""))
      .map(({ type, rule }) => `In its subject, ${type} must be otherwise: it ${rule}.`),
  ];
}

/** OU and DC: units within units, and labels of a domain. */
const repeatable: ReadonlySet<string> = new Set(["2.5.4.11", "0.9.2342.19200300.100.1.25"]);

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item) => right.includes(item));
}
