import { equalBytes } from "@yinxin/crypto/bytes";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { AuditTrail } from "@yinxin/service-kit/audit";
import { certifiedResult, putCertified, revokeLostKey } from "@yinxin/service-kit/enrolment";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";
import type { StepContext, StepHook } from "@yinxin/service-kit/rotations";

import type { signingEvents } from "../domain/signing-events.ts";
import { purposeOfRing } from "../domain/signing-ring.ts";
import { certifyPurposeKey } from "./certify-purpose-key.ts";

export interface SigningKeyHooksDeps {
  readonly authority: CertificateAuthority;
  readonly trail: AuditTrail<typeof signingEvents>;
}

/** What the signing service does in the plans of its purposes' rings. */
export function signingKeyHooks(deps: SigningKeyHooksDeps): Readonly<Record<string, StepHook>> {
  const certify = certifyHook(deps);
  return {
    "signing-key.certify": certify,
    "stand-by.certify": certify,
    "compromise.certify": certify,
    "compromise.revoke": revokeLostKey(deps.authority),
    "signing-key.self-test": { run: checkNext },
    "compromise.self-test": { run: checkNext },
  };
}

function certifyHook({ authority, trail }: SigningKeyHooksDeps): StepHook {
  return {
    run: async ({ next, rings }) => {
      if (next.certificate !== undefined) return null;
      const { signer } = await rings.openVersion(next.purpose, next.version);
      return certifiedResult(await certifyPurposeKey(authority, purposeOfRing(next.purpose), signer));
    },
    finish: async (tx, context, result) => {
      const certified = await putCertified(tx, context, result);
      if (certified === undefined) return;
      const { plan, next, at } = context;
      await trail.in(tx).append({
        action: "purpose.certified",
        actor: plan.requestedBy,
        subject: purposeOfRing(next.purpose),
        occurredAt: at,
        key: { ...certified.use, kind: "possession" },
        detail: {
          key_version: next.version,
          certificate_serial_number: certified.certificate.serialNumber,
        },
      });
    },
  };
}

/** The version that signs now has a certificate of its own key that is in force. */
async function checkNext({ next, at }: StepContext): Promise<{ serial_number: string }> {
  if (next.state !== "active" || next.certificate === undefined) {
    throw new Error(`version ${String(next.version)} of ${next.purpose} does not sign with a certificate`);
  }
  const certificate = parseCertificate(next.certificate);
  const isInForce = at >= certificate.notBefore && at <= certificate.notAfter;
  if (!isInForce || !equalBytes(certificate.publicKey, next.publicKey)) {
    throw new Error(`the certificate of version ${String(next.version)} of ${next.purpose} does not fit`);
  }
  return await Promise.resolve({ serial_number: certificate.serialNumber });
}
