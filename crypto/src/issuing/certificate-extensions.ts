// The @peculiar packages read decorators' metadata while they are imported.
import "reflect-metadata";

import { AsnConvert } from "@peculiar/asn1-schema";
import { Extension, Extensions } from "@peculiar/asn1-x509";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
} from "@peculiar/x509";

import { hexOf } from "../bytes/index.ts";
import { encodeOptions } from "./certificate-options.ts";
import type { CertificateOptions } from "./certificate-options.ts";
import type { CertificateProfile } from "./profiles.ts";

/**
 * The extensions that a profile prescribes, with both key identifiers (RFC 5280 §4.2.1), then those for the options.
 *
 * @throws IssuingError `profile-forbids` or `extension-invalid`.
 */
export function extensionsFor(
  profile: CertificateProfile,
  identifiers: { readonly subject: Uint8Array; readonly authority: Uint8Array },
  options: CertificateOptions,
): Extensions {
  const { authority, keyUsage, extendedKeyUsage } = profile;
  const usageFlags = keyUsage.reduce<number>((flags, usage) => flags | KeyUsageFlags[usage], 0);
  const pathLength = options.pathLength ?? authority?.pathLength;
  const encoded = [
    ...(authority ? [new BasicConstraintsExtension(true, pathLength, true)] : []),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- flags joined by | are a number to the compiler
    new KeyUsagesExtension(usageFlags, true),
    ...(extendedKeyUsage.length > 0
      ? [new ExtendedKeyUsageExtension([...extendedKeyUsage], profile.isExtendedKeyUsageCritical === true)]
      : []),
    new SubjectKeyIdentifierExtension(hexOf(identifiers.subject)),
    new AuthorityKeyIdentifierExtension(hexOf(identifiers.authority)),
  ].map(({ rawData }) => AsnConvert.parse(rawData, Extension));
  const optional = encodeOptions(profile, options).map((der) => AsnConvert.parse(der, Extension));
  return new Extensions([...encoded, ...optional]);
}
