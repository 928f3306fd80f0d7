import { parseCertificate } from "@yinxin/crypto/x509";

import type { KeyVersion } from "./key-version.ts";

/**
 * Whether something signed by this version at `at` can still be verified at `expiresAt`: no key signs a token that it cannot outlive.
 *
 * The version may begin to retire right after it signed, so only the overlap counts on from `at`; and neither the end of its
 * certificate nor, if it retires already, the end of its being served may come before.
 */
export function canOutlive(version: KeyVersion, expiresAt: Date, at: Date): boolean {
  const ends = [
    version.overlapSeconds === undefined ? undefined : at.getTime() + version.overlapSeconds * 1000,
    version.servedUntil?.getTime(),
    version.certificate && parseCertificate(version.certificate).notAfter.getTime(),
  ];
  return ends.every((end) => end === undefined || expiresAt.getTime() <= end);
}
