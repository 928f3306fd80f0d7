import { certificateProfiles } from "@yinxin/crypto/issuing";
import type { RingDeclaration } from "@yinxin/service-kit/key-rings";
import { authoritiesFreshSeconds } from "@yinxin/service-kit/known-authorities";

import { authorityAlgorithms, authorityRoles } from "./authority.ts";
import type { AuthorityAlgorithm, AuthorityRole } from "./authority.ts";
import { endEntityProfiles } from "./subject-rules.ts";

const daySeconds = 86_400;
const clockSkewSeconds = 300;

/** Of the end-entity certificates that are issued here, the longest life. */
const longestLeafDays = Math.max(
  ...endEntityProfiles.map((profile) => certificateProfiles[profile].validityDays),
);
const issuingDays = certificateProfiles["issuing-ca"].validityDays;
const rootDays = certificateProfiles["root-ca"].validityDays;

/** The ring of an authority's keys. */
export function authorityRingOf(role: AuthorityRole, algorithm: AuthorityAlgorithm): string {
  return `ca.${role}.${algorithm.toLowerCase()}`;
}

/**
 * How an authority's keys are kept. An authority stops issuing while its certificate still outlives everything that it may
 * issue, and its retired key is kept until the last of that has ended, for its revocation lists.
 */
export function authorityRing(role: AuthorityRole, algorithm: AuthorityAlgorithm): RingDeclaration {
  const name = algorithm.toLowerCase();
  const common = {
    purpose: authorityRingOf(role, algorithm),
    algorithm,
    adopt: `${role}-${name}`,
    plan: role === "root" ? "authority-key" : "issuing-authority",
  };
  if (role === "root") {
    return {
      ...common,
      title: { zh: `根证书颁发机构 ${algorithm}`, en: `Root authority ${algorithm}` },
      cryptoPeriodDays: rootDays - issuingDays,
      // People put roots into trust files by hand; the cross certificates help those who have not done it yet.
      propagationSeconds: daySeconds,
      overlapSeconds: issuingDays * daySeconds + clockSkewSeconds,
    };
  }
  return {
    ...common,
    title: { zh: `签发机构 ${algorithm}`, en: `Issuing authority ${algorithm}` },
    cryptoPeriodDays: issuingDays - longestLeafDays,
    propagationSeconds: authoritiesFreshSeconds + clockSkewSeconds,
    overlapSeconds: longestLeafDays * daySeconds + clockSkewSeconds,
  };
}

/** Whose ring this is; undefined for a ring that is not an authority's, like that of the audit log. */
export function authorityOfRing(
  purpose: string,
): { readonly role: AuthorityRole; readonly algorithm: AuthorityAlgorithm } | undefined {
  return authorityRoles
    .flatMap((role) => authorityAlgorithms.map((algorithm) => ({ role, algorithm })))
    .find(({ role, algorithm }) => authorityRingOf(role, algorithm) === purpose);
}
