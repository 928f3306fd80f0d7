import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import type { CertificateDigest, Seal } from "./seal.ts";

/**
 * Whether the seal was made for this certificate: it stands in the seal's list byte for byte, or its digest does
 * (GB/T 38540-2020 §7.3). A digest under a name that no row of the algorithm table has matches nothing, and neither
 * does one whose algorithm had been given up when the seal was made.
 */
export function isSignerInSeal(seal: Seal, certificate: Uint8Array): boolean {
  const { signers, createdAt } = seal.info.property;
  if (signers.listType === 1) return signers.certificates.some((one) => equalBytes(one, certificate));
  const digests = new Map<DigestName, Uint8Array>();
  // Once for each algorithm: a list from outside has thousands of entries, and a certificate from outside megabytes.
  const digestOf = (name: DigestName): Uint8Array => {
    const known = digests.get(name) ?? digest(name, certificate);
    digests.set(name, known);
    return known;
  };
  return signers.digests.some((one) => isDigestOf(one, digestOf, createdAt));
}

function isDigestOf(
  { algorithm, value }: CertificateDigest,
  digestOf: (name: DigestName) => Uint8Array,
  madeAt: Date,
): boolean {
  const name = digestNamed(algorithm);
  if (name === undefined || !isAccepted(name, madeAt)) return false;
  return equalBytes(value, digestOf(name));
}

function digestNamed(text: string): DigestName | undefined {
  const plain = (name: string): string => name.toUpperCase().replaceAll("-", "");
  const names = Object.keys(digestAlgorithms) as DigestName[];
  return names.find((name) => plain(name) === plain(text) || digestAlgorithms[name].oid === text);
}

function isAccepted(name: DigestName, at: Date): boolean {
  const row = digestAlgorithms[name];
  return !("acceptedUntil" in row) || at <= row.acceptedUntil;
}
