import { base64Of } from "@yinxin/crypto/bytes";
import { actorsOf } from "@yinxin/service-kit/auth";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { base64Bytes } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { endEntityProfiles } from "../domain/subject-rules.ts";
import { issueCertificate } from "../operations/issue-certificate.ts";
import type { CertificateWithChain, IssueCertificateDeps } from "../operations/issue-certificate.ts";
import { readCertificate } from "../operations/read-certificate.ts";

/** Requests have 0.3 to 2 KiB. */
const requestBytesMax = 16 * 1024;

const certificateReply = z.strictObject({
  serial_number: z.string(),
  certificate: z.string().meta({ contentEncoding: "base64" }),
  /** The issuing authority's certificate, then the root's. */
  chain: z.array(z.string().meta({ contentEncoding: "base64" })),
});

/** Issuing certificates, and giving them out again. */
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
      params: z.strictObject({ serial_number: z.string().regex(/^[0-9a-f]{16,40}$/) }),
      reply: { status: 200, schema: certificateReply },
      handle: async ({ params }) => replyOf(await readCertificate(deps, params.serial_number)),
    }),
  ];
}

function replyOf({
  serialNumber,
  certificate,
  chain,
}: CertificateWithChain): z.input<typeof certificateReply> {
  return {
    serial_number: serialNumber,
    certificate: base64Of(certificate),
    chain: chain.map(base64Of),
  };
}
