import { base64Of, bytesOfBase64 } from "@yinxin/crypto/bytes";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { Transaction } from "kysely";
import { z } from "zod";

import type { JsonValue } from "../audit/index.ts";
import type { KeyUse } from "../key-rings/index.ts";
import type { StepContext, StepHook } from "../rotations/index.ts";
import type { CertificateAuthority, EnrolledCertificate } from "./enrol-certificate.ts";

const certifiedSchema = z.object({ certificate: z.base64(), chain: z.array(z.base64()) });

/** A certificate that a step got for its plan's next key, as it is put to that key. */
export interface CertifiedKey {
  readonly use: KeyUse;
  readonly certificate: Certificate;
}

/** What a step that certified a key answers; kept with the step, so that a kill after it costs no second certificate. */
export function certifiedResult({ certificate, chain }: EnrolledCertificate): JsonValue {
  return {
    serial_number: certificate.serialNumber,
    not_after: certificate.notAfter.toISOString(),
    certificate: base64Of(certificate.raw),
    chain: chain.map(({ raw }) => base64Of(raw)),
  };
}

/**
 * For the `finish` of such a step: puts the certificate of its {@link certifiedResult} to the plan's next key.
 *
 * @param result null: the step had nothing to certify.
 * @returns what was put there, for the service's own event; undefined for nothing.
 */
export async function putCertified(
  tx: Transaction<unknown>,
  { rings, next }: Pick<StepContext, "rings" | "next">,
  result: JsonValue,
): Promise<CertifiedKey | undefined> {
  if (result === null) return undefined;
  const { certificate, chain } = certifiedSchema.parse(result);
  const der = bytesOfBase64(certificate);
  const use = { purpose: next.purpose, version: next.version };
  await rings.in(tx).putCertificate(use, der, chain.map(bytesOfBase64));
  return { use, certificate: parseCertificate(der) };
}

/** Has the certificate of a compromised key revoked; what was signed before stays valid where a time stamp shows that it was before. */
export function revokeLostKey(authority: CertificateAuthority): StepHook {
  return {
    run: async ({ old }) => {
      if (old?.certificate === undefined) return null;
      const { serialNumber } = parseCertificate(old.certificate);
      await authority.revoke(serialNumber, old.invalidFrom);
      return { revoked: [serialNumber] };
    },
  };
}
