import {
  DerError,
  parseDer,
  readBoolean,
  readChildren,
  readOid,
  readSmallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import {
  readCertificatePolicies,
  readNameConstraints,
  readPolicyConstraints,
  readPolicyMappings,
  readSkipCertificates,
} from "./constraint-extensions.ts";
import { X509Error } from "./error.ts";
import type {
  AccessDescription,
  AuthorityKey,
  DistributionPoint,
  NameConstraints,
  PolicyConstraints,
  PolicyInformation,
  PolicyMapping,
} from "./extension-values.ts";
import { parseGeneralNames } from "./general-name.ts";
import type { GeneralName } from "./general-name.ts";
import { readAccessDescriptions, readAuthorityKey, readDistributionPoints } from "./location-extensions.ts";

/** The extensions that the plain path check understands, and every reader (RFC 5280 §4.2.1). */
export const extensionOids = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** The further extensions that the path validation of RFC 5280 §6 needs. */
export const furtherExtensionOids = {
  subjectAltName: "2.5.29.17",
  issuerAltName: "2.5.29.18",
  nameConstraints: "2.5.29.30",
  crlDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  policyConstraints: "2.5.29.36",
  freshestCrl: "2.5.29.46",
  inhibitAnyPolicy: "2.5.29.54",
  authorityInformationAccess: "1.3.6.1.5.5.7.1.1",
  ocspNoCheck: "1.3.6.1.5.5.7.48.1.5",
} as const;

export interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  /** What the OCTET STRING holds. */
  readonly value: Uint8Array;
}

/** In the order of their bits (RFC 5280 §4.2.1.3). */
export const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof keyUsages)[number];

export interface BasicConstraints {
  readonly isCa: boolean;
  /** How many intermediate certificates may follow below this one. */
  readonly pathLength?: number;
}

/** What the extensions we read say; a member is absent if its extension is. */
export interface ReadExtensions {
  readonly basicConstraints?: BasicConstraints;
  readonly keyUsage?: ReadonlySet<KeyUsage>;
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly authorityKeyIdentifier?: Uint8Array;
  /** The whole authorityKeyIdentifier extension. */
  readonly authorityKey?: AuthorityKey;
  readonly subjectAltName?: readonly GeneralName[];
  readonly issuerAltName?: readonly GeneralName[];
  readonly nameConstraints?: NameConstraints;
  readonly certificatePolicies?: readonly PolicyInformation[];
  readonly policyMappings?: readonly PolicyMapping[];
  readonly policyConstraints?: PolicyConstraints;
  /** After how many further certificates anyPolicy means nothing (RFC 5280 §4.2.1.14). */
  readonly inhibitAnyPolicy?: number;
  readonly crlDistributionPoints?: readonly DistributionPoint[];
  readonly freshestCrl?: readonly DistributionPoint[];
  readonly authorityInformationAccess?: readonly AccessDescription[];
  /** The responder's certificate need not be looked up itself (RFC 6960 §4.2.2.2.1). */
  readonly hasOcspNoCheck?: true;
  /**
   * Extensions of those above from `authorityKey` on that are not what they should be, or an extendedKeyUsage without a
   * purpose. Such a certificate can be shown; no path goes through it.
   */
  readonly malformedExtensions: readonly MalformedExtension[];
}

export interface MalformedExtension {
  readonly oid: string;
  readonly detail: string;
}

/**
 * Reads SEQUENCE OF Extension.
 *
 * @throws DerError, or X509Error `certificate-duplicate-extension` (RFC 5280 §4.2): with two of a kind, each reader
 *   would choose its own.
 */
export function parseExtensions(element: DerElement): readonly Extension[] {
  const extensions = readChildren(element).map(parseExtension);
  if (extensions.length === 0)
    throw new DerError("der-unexpected", "an empty list of extensions", element.offset);
  const seen = new Set<string>();
  for (const { oid } of extensions) {
    if (seen.has(oid))
      throw new X509Error("certificate-duplicate-extension", `the extension ${oid} is there twice`);
    seen.add(oid);
  }
  return extensions;
}

/** Interprets the extensions that a path check and a verifier need. @throws DerError if one of them is malformed. */
export function readExtensions(extensions: readonly Extension[]): ReadExtensions {
  const read = <Value>(oid: string, reader: (element: DerElement) => Value): Value | undefined => {
    const extension = extensions.find((candidate) => candidate.oid === oid);
    return extension === undefined ? undefined : reader(parseDer(extension.value));
  };
  const basicConstraints = read(extensionOids.basicConstraints, readBasicConstraints);
  const keyUsage = read(extensionOids.keyUsage, readKeyUsage);
  const extendedKeyUsage = read(extensionOids.extendedKeyUsage, (element) =>
    readChildren(element).map(readOid),
  );
  const subjectKeyIdentifier = read(extensionOids.subjectKeyIdentifier, readOctetString);
  const authorityKeyIdentifier = read(extensionOids.authorityKeyIdentifier, readAuthorityKeyIdentifier);
  return {
    ...(basicConstraints && { basicConstraints }),
    ...(keyUsage && { keyUsage }),
    ...(extendedKeyUsage && { extendedKeyUsage }),
    ...(subjectKeyIdentifier && { subjectKeyIdentifier }),
    ...(authorityKeyIdentifier && { authorityKeyIdentifier }),
    ...readFurtherExtensions(extensions),
  };
}

type Further = Omit<
  ReadExtensions,
  | "basicConstraints"
  | "keyUsage"
  | "extendedKeyUsage"
  | "subjectKeyIdentifier"
  | "authorityKeyIdentifier"
  | "malformedExtensions"
>;

const furtherReaders: ReadonlyMap<string, (element: DerElement) => Further> = new Map<
  string,
  (element: DerElement) => Further
>([
  [extensionOids.authorityKeyIdentifier, (element) => ({ authorityKey: readAuthorityKey(element) })],
  [extensionOids.extendedKeyUsage, expectPurposes],
  [furtherExtensionOids.subjectAltName, (element) => ({ subjectAltName: parseGeneralNames(element) })],
  [furtherExtensionOids.issuerAltName, (element) => ({ issuerAltName: parseGeneralNames(element) })],
  [furtherExtensionOids.nameConstraints, (element) => ({ nameConstraints: readNameConstraints(element) })],
  [
    furtherExtensionOids.certificatePolicies,
    (element) => ({ certificatePolicies: readCertificatePolicies(element) }),
  ],
  [furtherExtensionOids.policyMappings, (element) => ({ policyMappings: readPolicyMappings(element) })],
  [
    furtherExtensionOids.policyConstraints,
    (element) => ({ policyConstraints: readPolicyConstraints(element) }),
  ],
  [
    furtherExtensionOids.inhibitAnyPolicy,
    (element) => ({ inhibitAnyPolicy: readSkipCertificates(expectInteger(element)) }),
  ],
  [
    furtherExtensionOids.crlDistributionPoints,
    (element) => ({ crlDistributionPoints: readDistributionPoints(element) }),
  ],
  [furtherExtensionOids.freshestCrl, (element) => ({ freshestCrl: readDistributionPoints(element) })],
  [
    furtherExtensionOids.authorityInformationAccess,
    (element) => ({ authorityInformationAccess: readAccessDescriptions(element) }),
  ],
  [furtherExtensionOids.ocspNoCheck, () => ({ hasOcspNoCheck: true })],
]);

/** What is malformed here is noted instead of refused: certificates of the field must stay readable. */
function readFurtherExtensions(
  extensions: readonly Extension[],
): Further & Pick<ReadExtensions, "malformedExtensions"> {
  const malformedExtensions: MalformedExtension[] = [];
  let further: Further = {};
  for (const { oid, value } of extensions) {
    const read = furtherReaders.get(oid);
    if (read === undefined) continue;
    try {
      further = { ...further, ...read(parseDer(value)) };
    } catch (cause) {
      if (!(cause instanceof DerError)) throw cause;
      malformedExtensions.push({ oid, detail: cause.message });
    }
  }
  return { ...further, malformedExtensions };
}

/** RFC 5280 §4.2.1.12: at least one. What they are is read with the usages above. */
function expectPurposes(element: DerElement): Further {
  if (element.children.length > 0) return {};
  throw new DerError("der-bad-value", "an empty list of purposes", element.offset);
}

function expectInteger(element: DerElement): DerElement {
  if (element.tag !== tags.integer) throw new DerError("der-unexpected", "expected INTEGER", element.offset);
  return element;
}

function parseExtension(element: DerElement): Extension {
  const [id, ...rest] = readChildren(element);
  const critical = rest[0]?.tag === tags.boolean ? rest.shift() : undefined;
  const [value, ...more] = rest;
  if (id === undefined || value === undefined || more.length > 0) {
    throw new DerError(
      "der-unexpected",
      "an extension has an id, perhaps a flag, and a value",
      element.offset,
    );
  }
  // DER leaves a DEFAULT FALSE out (X.690 §11.5), but Chinese certificate authorities write it. It means the same.
  return {
    oid: readOid(id),
    isCritical: critical !== undefined && readBoolean(critical),
    value: readOctetString(value),
  };
}

function readBasicConstraints(element: DerElement): BasicConstraints {
  const rest = [...readChildren(element)];
  // An explicit FALSE is met here too, see parseExtension.
  const flag = rest[0]?.tag === tags.boolean ? rest.shift() : undefined;
  const [length, ...more] = rest;
  const pathLength = length === undefined ? undefined : readSmallInteger(length);
  if (more.length > 0 || (pathLength !== undefined && pathLength < 0)) {
    throw new DerError("der-bad-value", "not basic constraints", element.offset);
  }
  const isCa = flag !== undefined && readBoolean(flag);
  return pathLength === undefined ? { isCa } : { isCa, pathLength };
}

function readKeyUsage(element: DerElement): ReadonlySet<KeyUsage> {
  if (element.tag !== tags.bitString)
    throw new DerError("der-unexpected", "expected BIT STRING", element.offset);
  const [unused, ...octets] = element.contents;
  // Trailing zero bits, which DER leaves out (X.690 §11.2.2), are met and add nothing; more octets than bits exist do not.
  if (unused === undefined || unused > 7 || octets.length > 2 || (octets.length === 0 && unused > 0)) {
    throw new DerError("der-bad-value", "not a key usage", element.offset);
  }
  return new Set(keyUsages.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
}

function readAuthorityKeyIdentifier(element: DerElement): Uint8Array | undefined {
  return readChildren(element).find((member) => member.tag === 0x80)?.contents;
}

function readOctetString(element: DerElement): Uint8Array {
  if (element.tag !== tags.octetString)
    throw new DerError("der-unexpected", "expected OCTET STRING", element.offset);
  return element.contents;
}
