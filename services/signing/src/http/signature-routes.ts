import { base64Of } from "@yinxin/crypto/bytes";
import { actorsOf } from "@yinxin/service-kit/auth";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { base64Bytes, dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { purposeAlgorithms } from "../domain/purpose.ts";
import { signMessage } from "../operations/sign-message.ts";
import type { SignMessageDeps } from "../operations/sign-message.ts";
import { purposeName } from "./purpose-routes.ts";

/** Larger things are documents, or are hashed by the caller into something smaller. */
const messageBytesMax = 1024 * 1024;
const envelopeBytes = 1024;

const signatureReply = z.strictObject({
  id: z.string(),
  purpose: z.string(),
  /** Which version of the purpose's key it was; the certificate in the chain is that version's. */
  key_version: z.int(),
  algorithm: z.enum(purposeAlgorithms),
  /** Base64 of SEQUENCE { r, s }. SM2 with the default user id. */
  signature: z.string(),
  message_digest: z.string(),
  signed_at: dateTimeText,
  certificate_chain: z.array(z.string()),
});

/** Signing. */
export function signatureRoutes(deps: SignMessageDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/signatures",
      summary: "Sign a message with the key of a purpose",
      permission: "signature:create",
      body: z.strictObject({ purpose: purposeName, message: base64Bytes(messageBytesMax) }),
      bodyLimitBytes: 4 * Math.ceil(messageBytesMax / 3) + envelopeBytes,
      reply: { status: 201, schema: signatureReply },
      handle: async ({ body, caller, requestId }) => {
        const signed = await signMessage(deps, { ...body, actors: actorsOf(caller), requestId });
        const { record, purpose, signature } = signed;
        return {
          id: record.id,
          purpose: purpose.name,
          key_version: record.keyVersion,
          algorithm: purpose.algorithm,
          signature: base64Of(signature),
          message_digest: record.messageDigest,
          signed_at: record.signedAt.toISOString(),
          certificate_chain: [purpose.certificate, ...purpose.chain].map(base64Of),
        };
      },
    }),
  ];
}
