import { base64Of, bytesOfBase64, equalBytes } from "@yinxin/crypto/bytes";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { AuditTrail } from "@yinxin/service-kit/audit";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";
import type { StepContext, StepHook } from "@yinxin/service-kit/rotations";
import { z } from "zod";

import type { signingEvents } from "../domain/signing-events.ts";
import { purposeOfRing } from "../domain/signing-ring.ts";
import { certifyPurposeKey } from "./certify-purpose-key.ts";

export interface SigningKeyHooksDeps {
  readonly authority: CertificateAuthority;
  readonly trail: AuditTrail<typeof signingEvents>;
}

/** What a certifying step found out; kept with the step, so that a kill after it costs no second certificate. */
const certified = z.object({
  serial_number: z.string(),
  certificate: z.string().optional(),
  chain: z.array(z.string()).optional(),
});

/** What the signing service does in the plans of its purposes' rings. */
export function signingKeyHooks(deps: SigningKeyHooksDeps): Readonly<Record<string, StepHook>> {
  const certify: StepHook = {
    run: (context) => certifyNext(deps, context),
    finish: async (tx, context, result) => {
      const { serial_number, certificate, chain = [] } = certified.parse(result);
      if (certificate === undefined) return;
      const { next, rings, plan, at } = context;
      const use = { purpose: next.purpose, version: next.version };
      await rings.in(tx).putCertificate(use, bytesOfBase64(certificate), chain.map(bytesOfBase64));
      await deps.trail.in(tx).append({
        action: "purpose.certified",
        actor: plan.requestedBy,
        subject: purposeOfRing(next.purpose),
        occurredAt: at,
        key: { ...use, kind: "possession" },
        detail: { key_version: next.version, certificate_serial_number: serial_number },
      });
    },
  };
  return {
    "signing-key.certify": certify,
    "stand-by.certify": certify,
    "compromise.certify": certify,
    "compromise.revoke": { run: (context) => revokeOld(deps, context) },
    "signing-key.self-test": { run: checkNext },
    "compromise.self-test": { run: checkNext },
  };
}

async function certifyNext(
  { authority }: SigningKeyHooksDeps,
  { next, rings }: StepContext,
): Promise<z.infer<typeof certified>> {
  if (next.certificate !== undefined) {
    return { serial_number: parseCertificate(next.certificate).serialNumber };
  }
  const { signer } = await rings.openVersion(next.purpose, next.version);
  const issued = await certifyPurposeKey(authority, purposeOfRing(next.purpose), signer);
  return {
    serial_number: issued.serialNumber,
    certificate: base64Of(issued.certificate),
    chain: issued.chain.map(base64Of),
  };
}

/** What was signed before stays valid where a time stamp shows that it was before. */
async function revokeOld(
  { authority }: SigningKeyHooksDeps,
  { old }: StepContext,
): Promise<{ readonly revoked: string } | Record<string, never>> {
  if (old?.certificate === undefined) return {};
  const { serialNumber } = parseCertificate(old.certificate);
  await authority.revoke(serialNumber, old.invalidFrom);
  return { revoked: serialNumber };
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
