import { base64Of } from "@yinxin/crypto/bytes";
import { actorsOf } from "@yinxin/service-kit/auth";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { base64Bytes, dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { revocationReasons } from "../domain/certificate-register.ts";
import type { Revocation } from "../domain/certificate-register.ts";
import { endEntityProfiles } from "../domain/subject-rules.ts";
import { issueCertificate } from "../operations/issue-certificate.ts";
import type { IssueCertificateDeps } from "../operations/issue-certificate.ts";
import { readCertificate } from "../operations/read-certificate.ts";
import type { RegisteredCertificate } from "../operations/read-certificate.ts";
import { revokeCertificate } from "../operations/revoke-certificate.ts";

/** Requests have 0.3 to 2 KiB. */
const requestBytesMax = 16 * 1024;

const revocationReply = z.strictObject({
  revoked_at: dateTimeText,
  reason: z.string(),
  /** Since when the key may have been in other hands. */
  invalid_from: dateTimeText.exactOptional(),
});

const serialParams = z.strictObject({ serial_number: z.string().regex(/^[0-9a-f]{16,40}$/) });

const certificateReply = z.strictObject({
  serial_number: z.string(),
  certificate: z.string().meta({ contentEncoding: "base64" }),
  /** The issuing authority's certificate, then the root's. */
  chain: z.array(z.string().meta({ contentEncoding: "base64" })),
  /** Present if the certificate is believed no longer. */
  revocation: revocationReply.exactOptional(),
});

/** Issuing certificates, giving them out again, and revoking them. */
export function certificateRoutes(deps: IssueCertificateDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/certificates",
      summary: "Issue a certificate for the key of a certificate request",
      permission: "certificate:issue",
      body: z.strictObject({ profile: z.enum(endEntityProfiles), request: base64Bytes(requestBytesMax) }),
      reply: { status: 201, schema: certificateReply },
      handle: async ({ body, caller }) =>
        replyOf(await issueCertificate(deps, { ...body, actors: actorsOf(caller) })),
    }),
    defineRoute({
      method: "get",
      path: "/v1/certificates/:serial_number",
      summary: "Read a certificate with its chain",
      permission: "public",
      params: serialParams,
      reply: { status: 200, schema: certificateReply },
      handle: async ({ params }) => replyOf(await readCertificate(deps, params.serial_number)),
    }),
    defineRoute({
      method: "post",
      path: "/v1/certificates/:serial_number/revocation",
      summary: "Revoke a certificate for good; the next revocation list names it",
      permission: "certificate:revoke",
      params: serialParams,
      body: z.strictObject({
        reason: z.enum(revocationReasons),
        invalid_from: dateTimeText.optional(),
      }),
      reply: { status: 200, schema: revocationReply },
      handle: async ({ params, body, caller }) =>
        revocationOf(
          await revokeCertificate(deps, {
            serialNumber: params.serial_number,
            reason: body.reason,
            actors: actorsOf(caller),
            ...(body.invalid_from !== undefined && { invalidFrom: new Date(body.invalid_from) }),
          }),
        ),
    }),
  ];
}

function replyOf({
  serialNumber,
  certificate,
  chain,
  revocation,
}: RegisteredCertificate): z.input<typeof certificateReply> {
  return {
    serial_number: serialNumber,
    certificate: base64Of(certificate),
    chain: chain.map(base64Of),
    ...(revocation && { revocation: revocationOf(revocation) }),
  };
}

function revocationOf({ revokedAt, reason, invalidFrom }: Revocation): z.input<typeof revocationReply> {
  return {
    revoked_at: revokedAt.toISOString(),
    reason,
    ...(invalidFrom && { invalid_from: invalidFrom.toISOString() }),
  };
}
