import { concatBytes, utf8Of } from "../bytes/index.ts";
import {
  boolean,
  contextExplicit,
  contextImplicit,
  ia5String,
  nullValue,
  octetString,
  oid,
  sequence,
} from "../der/index.ts";
import { IssuingError } from "./error.ts";
import { encodeConstraintName, encodeGeneralName } from "./general-name-input.ts";
import type { GeneralNameInput } from "./general-name-input.ts";
import type { CertificateProfile } from "./profiles.ts";

/** What an authority adds to a certificate beyond the profile; which of these a profile allows, its row says. */
export interface CertificateOptions {
  /** Of a cross certificate: how many authorities may follow below it. */
  readonly pathLength?: number;
  readonly nameConstraints?: {
    readonly permitted?: readonly GeneralNameInput[];
    readonly excluded?: readonly GeneralNameInput[];
  };
  readonly policies?: readonly CertificatePolicyInput[];
  readonly alternativeNames?: readonly GeneralNameInput[];
  /** Where the lists that would name this certificate are: CRL distribution points (RFC 5280 §4.2.1.13). */
  readonly crlUrls?: readonly string[];
  /** Where the delta lists are: freshest CRL (RFC 5280 §4.2.1.15). */
  readonly deltaCrlUrls?: readonly string[];
  /** Authority information access (RFC 5280 §4.2.2.1): who answers OCSP, and where the issuer's certificate is. */
  readonly ocspUrls?: readonly string[];
  readonly issuerUrls?: readonly string[];
}

export interface CertificatePolicyInput {
  readonly oid: string;
  /** Where the practice statement is (id-qt-cps). */
  readonly cps?: string;
}

export const optionOids = {
  alternativeNames: "2.5.29.17",
  nameConstraints: "2.5.29.30",
  crlDistributionPoints: "2.5.29.31",
  policies: "2.5.29.32",
  freshestCrl: "2.5.29.46",
  authorityInformation: "1.3.6.1.5.5.7.1.1",
  noCheck: "1.3.6.1.5.5.7.48.1.5",
} as const;

/** More make every path check slower, for all who meet the certificate. */
const maximumItems = 64;

/**
 * The extensions for the options and the profile's nocheck, DER, in a fixed order.
 *
 * @throws IssuingError `profile-forbids` for an option that the profile does not allow; `extension-invalid` for a value
 *   that the extension cannot say.
 */
export function encodeOptions(profile: CertificateProfile, options: CertificateOptions): Uint8Array[] {
  const given = (Object.keys(options) as (keyof CertificateOptions)[]).filter(
    (option) => options[option] !== undefined,
  );
  const forbidden = given.find((option) => !profile.options.includes(option));
  if (forbidden !== undefined) {
    throw new IssuingError("profile-forbids", `certificates of this profile have no ${forbidden}`);
  }
  const { nameConstraints, policies, alternativeNames, crlUrls, deltaCrlUrls } = options;
  return [
    ...(alternativeNames === undefined
      ? []
      : [extension(optionOids.alternativeNames, sequence(...items(alternativeNames, encodeGeneralName)))]),
    ...(nameConstraints === undefined ? [] : [encodeNameConstraints(nameConstraints)]),
    ...(policies === undefined
      ? []
      : [extension(optionOids.policies, sequence(...items(policies, encodePolicy)))]),
    ...(crlUrls === undefined
      ? []
      : [extension(optionOids.crlDistributionPoints, encodeDistributionPoints(crlUrls))]),
    ...(deltaCrlUrls === undefined
      ? []
      : [extension(optionOids.freshestCrl, encodeDistributionPoints(deltaCrlUrls))]),
    ...encodeAuthorityInformation(options),
    ...(profile.hasNoCheck === true ? [extension(optionOids.noCheck, nullValue())] : []),
  ];
}

/** SEQUENCE { id, critical, OCTET STRING }, DER. */
export function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

/** One distribution point with all the places: they hold the same list (RFC 5280 §4.2.1.13). */
export function encodeDistributionPoints(urls: readonly string[]): Uint8Array {
  return sequence(sequence(contextExplicit(0, encodeFullName(urls))));
}

/** fullName of a DistributionPointName, DER. @throws IssuingError `extension-invalid` */
export function encodeFullName(urls: readonly string[]): Uint8Array {
  return contextImplicit(0, concatBytes(...items(urls, encodeUrl)), true);
}

function encodeNameConstraints(constraints: NonNullable<CertificateOptions["nameConstraints"]>): Uint8Array {
  const subtrees = (number: number, names: readonly GeneralNameInput[] | undefined): Uint8Array[] =>
    names === undefined
      ? []
      : [
          contextImplicit(
            number,
            concatBytes(...items(names, (name) => sequence(encodeConstraintName(name)))),
            true,
          ),
        ];
  const members = [...subtrees(0, constraints.permitted), ...subtrees(1, constraints.excluded)];
  if (members.length === 0) {
    throw new IssuingError("extension-invalid", "name constraints permit or exclude something");
  }
  // RFC 5280 §4.2.1.10: critical, so that nobody ignores it.
  return extension(optionOids.nameConstraints, sequence(...members), true);
}

const cpsQualifier = "1.3.6.1.5.5.7.2.1";

function encodePolicy({ oid: id, cps }: CertificatePolicyInput): Uint8Array {
  if (cps === undefined) return sequence(policyOid(id));
  encodeUrl(cps);
  return sequence(policyOid(id), sequence(sequence(oid(cpsQualifier), ia5String(cps))));
}

function policyOid(id: string): Uint8Array {
  try {
    return oid(id);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new IssuingError("extension-invalid", cause.message, { cause });
  }
}

const accessMethods = { ocsp: "1.3.6.1.5.5.7.48.1", issuers: "1.3.6.1.5.5.7.48.2" } as const;

function encodeAuthorityInformation({ ocspUrls, issuerUrls }: CertificateOptions): Uint8Array[] {
  const describe = (method: string, urls: readonly string[] | undefined): Uint8Array[] =>
    urls === undefined ? [] : items(urls, (url) => sequence(oid(method), encodeUrl(url)));
  const descriptions = [
    ...describe(accessMethods.ocsp, ocspUrls),
    ...describe(accessMethods.issuers, issuerUrls),
  ];
  return descriptions.length === 0
    ? []
    : [extension(optionOids.authorityInformation, sequence(...descriptions))];
}

/** Plain HTTP: what is fetched there is signed, and a TLS certificate would have to be checked with it first. */
function encodeUrl(url: string): Uint8Array {
  if (!/^http:\/\/[!-~]+$/.test(url) || url.length > 255) {
    throw new IssuingError("extension-invalid", `"${url}" is not an http address of 1 to 255 characters`);
  }
  return contextImplicit(6, utf8Of(url), false);
}

function items<Item>(list: readonly Item[], encode: (item: Item) => Uint8Array): Uint8Array[] {
  if (list.length === 0 || list.length > maximumItems) {
    throw new IssuingError(
      "extension-invalid",
      `a list in a certificate has 1 to ${String(maximumItems)} items`,
    );
  }
  return list.map(encode);
}
