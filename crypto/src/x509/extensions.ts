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
import { X509Error } from "./error.ts";

/** The extensions this folder reads (RFC 5280 §4.2.1). */
export const extensionOids = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
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
  };
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
