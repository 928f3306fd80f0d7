import { base64Of } from "@yinxin/crypto/bytes";
import { z } from "zod";

import { RemoteProblem } from "../auth/index.ts";
import type { ServiceClient } from "../auth/index.ts";
import { Refusal, refuse } from "../problems/index.ts";
import { base64Bytes } from "../wire/index.ts";
import type { CertificateAuthority } from "./enrol-certificate.ts";
import type { EnrolmentRefusalCode } from "./enrolment-problems.ts";

/** Certificates have some kilobytes. */
const certificateBytesMax = 64 * 1024;
/** From the issuing authority to the root; longer chains are not made here. */
const chainLengthMax = 8;

const issuedSchema = z.object({
  certificate: base64Bytes(certificateBytesMax),
  chain: z.array(base64Bytes(certificateBytesMax)).max(chainLengthMax),
});

const revokedSchema = z.object({ revoked_at: z.string() });

/** The certificate service over HTTP, with this service's own token. */
export function createCertificateAuthorityClient(service: ServiceClient): CertificateAuthority {
  return {
    issue: async (profile, request) => {
      try {
        return await service.send({
          method: "POST",
          path: "/v1/certificates",
          body: { profile, request: base64Of(request) },
          reply: issuedSchema,
        });
      } catch (cause) {
        throw refusedAs("certificate-not-issued", cause);
      }
    },
    revoke: async (serialNumber, invalidFrom) => {
      const invalidity = invalidFrom === undefined ? {} : { invalid_from: invalidFrom.toISOString() };
      try {
        await service.send({
          method: "POST",
          path: `/v1/certificates/${encodeURIComponent(serialNumber)}/revocation`,
          body: { reason: "keyCompromise", ...invalidity },
          reply: revokedSchema,
        });
      } catch (cause) {
        const isDone = cause instanceof RemoteProblem && cause.problem.code === "certificate-revoked-already";
        if (!isDone) throw refusedAs("certificate-not-revoked", cause);
      }
    },
  };
}

/** What the authority refused, or that it was not reached; a malformed answer stays a fault. */
function refusedAs(code: EnrolmentRefusalCode, cause: unknown): unknown {
  if (cause instanceof RemoteProblem) {
    const { code: theirs, detail = "" } = cause.problem;
    return refuse(code, `${theirs}: ${detail}`, { cause });
  }
  if (cause instanceof Refusal && cause.code === "service-unreachable") {
    return refuse(
      code,
      { zh: "无法访问证书服务。", en: "The certificate service cannot be reached." },
      { cause },
    );
  }
  return cause;
}
