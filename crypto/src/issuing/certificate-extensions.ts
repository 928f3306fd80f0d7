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
import type { CertificateProfile } from "./profiles.ts";

/** The extensions that a profile prescribes, with both key identifiers (RFC 5280 §4.2.1). */
export function extensionsFor(
  profile: CertificateProfile,
  identifiers: { readonly subject: Uint8Array; readonly authority: Uint8Array },
): Extensions {
  const { authority, keyUsage, extendedKeyUsage } = profile;
  const usageFlags = keyUsage.reduce<number>((flags, usage) => flags | KeyUsageFlags[usage], 0);
  const encoded = [
    ...(authority ? [new BasicConstraintsExtension(true, authority.pathLength, true)] : []),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- flags joined by | are a number to the compiler
    new KeyUsagesExtension(usageFlags, true),
    ...(extendedKeyUsage.length > 0 ? [new ExtendedKeyUsageExtension([...extendedKeyUsage])] : []),
    new SubjectKeyIdentifierExtension(hexOf(identifiers.subject)),
    new AuthorityKeyIdentifierExtension(hexOf(identifiers.authority)),
  ];
  return new Extensions(encoded.map(({ rawData }) => AsnConvert.parse(rawData, Extension)));
}
