import type { Certificate } from "./certificate.ts";
import { extensionOids, furtherExtensionOids } from "./extensions.ts";
import type { GeneralName } from "./general-name.ts";
import { attributeTypes, isSameName } from "./name.ts";
import { pathFailure } from "./path-failure.ts";
import type { PathFailure } from "./path-failure.ts";

interface ProfileRule {
  readonly clause: string;
  readonly detail: string;
  readonly isBroken: (certificate: Certificate) => boolean;
}

/** What RFC 5280 §4 forbids an authority to issue, though §6 does not look at it. */
const rules: readonly ProfileRule[] = [
  {
    clause: "RFC 5280 §4.1.2.2",
    detail: "Its serial number is not a positive number of at most 20 octets.",
    isBroken: ({ serialNumber }) => /^(?:00)?$|^[89a-f]/.test(serialNumber) || serialNumber.length > 40,
  },
  {
    clause: "RFC 5280 §4.1.2.6",
    detail: "It is an authority's and has no subject.",
    isBroken: ({ subject, basicConstraints }) =>
      basicConstraints?.isCa === true && subject.attributes.length === 0,
  },
  {
    clause: "RFC 5280 §4.1.2.6",
    detail: "An e-mail address stands in its subject and not among its alternative names.",
    isBroken: ({ subject, subjectAltName }) =>
      subject.attributes.some(({ oid }) => oid === attributeTypes.E) &&
      subjectAltName?.some(({ kind }) => kind === "email") !== true,
  },
  {
    clause: "RFC 5280 §4.2.1.1",
    detail: "It does not say which key signed it, or says so critically.",
    isBroken: (certificate) =>
      isCritical(certificate, extensionOids.authorityKeyIdentifier) === true ||
      (certificate.authorityKeyIdentifier === undefined && !isSelfSigned(certificate)),
  },
  {
    clause: "RFC 5280 §4.2.1.2",
    detail: "It is an authority's and does not identify its key, or does so critically.",
    isBroken: (certificate) =>
      isCritical(certificate, extensionOids.subjectKeyIdentifier) === true ||
      (certificate.basicConstraints?.isCa === true && certificate.subjectKeyIdentifier === undefined),
  },
  {
    clause: "RFC 5280 §4.2.1.3",
    detail: "Its key signs certificates, and it is no authority's.",
    isBroken: ({ keyUsage, basicConstraints }) =>
      keyUsage?.has("keyCertSign") === true && basicConstraints?.isCa !== true,
  },
  {
    clause: "RFC 5280 §4.2.1.6",
    detail: "Its subject is empty, and its alternative names are not critical or not there.",
    isBroken: (certificate) =>
      certificate.subject.attributes.length === 0 &&
      certificate.basicConstraints?.isCa !== true &&
      isCritical(certificate, furtherExtensionOids.subjectAltName) !== true,
  },
  {
    clause: "RFC 5280 §4.2.1.6",
    detail: "One of its DNS names is none.",
    isBroken: ({ subjectAltName = [] }) => subjectAltName.some(isBadDnsName),
  },
  {
    clause: "RFC 5280 §4.2.1.9",
    detail: "It is an authority's and does not say so critically.",
    isBroken: (certificate) =>
      certificate.basicConstraints?.isCa === true &&
      isCritical(certificate, extensionOids.basicConstraints) !== true,
  },
  {
    clause: "RFC 5280 §4.2.1.10",
    detail: "Its name constraints are not critical, not an authority's, or begin with a point.",
    isBroken: (certificate) => hasBadNameConstraints(certificate),
  },
  {
    clause: "RFC 5280 §4.2.1.11",
    detail: "Its policy constraints are not critical.",
    isBroken: (certificate) => isCritical(certificate, furtherExtensionOids.policyConstraints) === false,
  },
  {
    clause: "RFC 5280 §4.2.2.1",
    detail: "It says critically where its issuer's certificate is found.",
    isBroken: (certificate) =>
      isCritical(certificate, furtherExtensionOids.authorityInformationAccess) === true,
  },
];

/** The first rule of the certificate profile (RFC 5280 §4) that the certificate breaks. */
export function profileProblem(certificate: Certificate): PathFailure | undefined {
  const broken = rules.find(({ isBroken }) => isBroken(certificate));
  return broken && pathFailure("certificate-profile", broken.clause, certificate, broken.detail);
}

/** Undefined without the extension. */
function isCritical({ extensions }: Certificate, wanted: string): boolean | undefined {
  return extensions.find(({ oid }) => oid === wanted)?.isCritical;
}

function isSelfSigned({ issuer, subject, version }: Certificate): boolean {
  return isSameName(issuer, subject) || version < 3;
}

/** The preferred name syntax of RFC 1034 §3.5, with a wildcard in front; an address in letters is no name. */
function isBadDnsName(name: GeneralName): boolean {
  if (name.kind !== "dns") return false;
  const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  const isName = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*$`, "i").test(name.value);
  return !isName || /^\d+(?:\.\d+){3}$/.test(name.value);
}

function hasBadNameConstraints(certificate: Certificate): boolean {
  const { nameConstraints, basicConstraints } = certificate;
  if (nameConstraints === undefined) return false;
  const isRight =
    isCritical(certificate, furtherExtensionOids.nameConstraints) === true && basicConstraints?.isCa === true;
  const names = [...nameConstraints.permitted, ...nameConstraints.excluded];
  return !isRight || names.some((name) => name.kind === "dns" && name.value.startsWith("."));
}
