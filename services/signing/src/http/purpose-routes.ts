import { base64Of } from "@yinxin/crypto/bytes";
import { actorsOf } from "@yinxin/service-kit/auth";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { purposeAlgorithms, purposeNamePattern } from "../domain/purpose.ts";
import type { CertifiedPurpose } from "../domain/purpose.ts";
import { createPurpose } from "../operations/create-purpose.ts";
import type { CreatePurposeDeps } from "../operations/create-purpose.ts";
import { listPurposes } from "../operations/list-purposes.ts";
import type { ListPurposesDeps } from "../operations/list-purposes.ts";

export const purposeName = z.string().regex(purposeNamePattern);

const purposeReply = z.strictObject({
  name: z.string(),
  algorithm: z.enum(purposeAlgorithms),
  created_at: dateTimeText,
  /** Base64 DER: the certificate of the key that signs now, the issuing authority's, the root's. */
  certificate_chain: z.array(z.string()),
});

/** Purposes: making and listing them. */
export function purposeRoutes(deps: CreatePurposeDeps & ListPurposesDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/purposes",
      summary: "Create a purpose with a key of its own and its certificate",
      permission: "key:create",
      body: z.strictObject({ name: purposeName, algorithm: z.enum(purposeAlgorithms) }),
      reply: { status: 201, schema: purposeReply },
      handle: async ({ body, caller, requestId }) =>
        purposeText(await createPurpose(deps, { ...body, actors: actorsOf(caller), requestId })),
    }),
    defineRoute({
      method: "get",
      path: "/v1/purposes",
      summary: "The purposes there are",
      permission: "signature:create",
      reply: { status: 200, schema: z.strictObject({ purposes: z.array(purposeReply) }) },
      handle: async () => ({ purposes: (await listPurposes(deps)).map(purposeText) }),
    }),
  ];
}

function purposeText(purpose: CertifiedPurpose): z.input<typeof purposeReply> {
  return {
    name: purpose.name,
    algorithm: purpose.algorithm,
    created_at: purpose.createdAt.toISOString(),
    certificate_chain: [purpose.certificate, ...purpose.chain].map(base64Of),
  };
}
