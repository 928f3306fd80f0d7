import { digest, digestText } from "@yinxin/crypto/digest";
import type { Certificate } from "@yinxin/crypto/x509";

import { breakGlassName, personKey, readPolicyCertificate } from "./judge-policy.ts";
import type { OfficerPolicy, OfficerRole } from "./officer-policy.ts";

/** Somebody who can sign under a policy. */
export interface Signatory {
  /** Officer id, or `break-glass`. */
  readonly id: string;
  /** Compared to tell whether two are one. */
  readonly person: string;
  readonly name: string;
  readonly unit: string;
  readonly role: OfficerRole | "break-glass";
  readonly certificate: Certificate;
  /** `sm3:…` of the certificate: the key id in signed requests. */
  readonly certificateDigest: string;
}

/** A judged policy with its certificates read. */
export interface OpenPolicy {
  readonly policy: OfficerPolicy;
  readonly digest: string;
  readonly signatories: readonly Signatory[];
  readonly intermediates: readonly Certificate[];
  /** The officers' roots of the deployment. */
  readonly anchors: readonly Certificate[];
}

/** Reads the certificates of a policy that {@link judgePolicy} finds nothing wrong with; unreadable ones are left out. */
export function openPolicy(
  policy: OfficerPolicy,
  policyDigest: string,
  anchors: readonly Certificate[],
): OpenPolicy {
  const { officers, break_glass, intermediates = [] } = policy;
  return {
    policy,
    digest: policyDigest,
    signatories: [
      ...officers.flatMap(({ certificate, ...officer }) => signatoryOf(officer, certificate)),
      ...(break_glass === undefined ? [] : signatoryOf(breakGlassOfficer, break_glass.certificate)),
    ],
    intermediates: intermediates.flatMap((text) => readPolicyCertificate(text) ?? []),
    anchors,
  };
}

const breakGlassOfficer = {
  id: breakGlassName,
  person: breakGlassName,
  name: breakGlassName,
  unit: breakGlassName,
  role: breakGlassName,
} as const;

function signatoryOf(
  officer: Omit<Signatory, "certificate" | "certificateDigest">,
  text: string,
): readonly Signatory[] {
  const certificate = readPolicyCertificate(text);
  if (certificate === undefined) return [];
  return [
    {
      ...officer,
      person: personKey(officer.person),
      certificate,
      certificateDigest: certificateDigestOf(certificate),
    },
  ];
}

/** `sm3:…` of a certificate's DER. */
export function certificateDigestOf({ raw }: Certificate): string {
  return digestText("SM3", digest("SM3", raw));
}
