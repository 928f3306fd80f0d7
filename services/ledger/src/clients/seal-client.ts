import { base64Of } from "@yinxin/crypto/bytes";
import { createServiceClient } from "@yinxin/service-kit/auth";
import type { Fetch, TokenClient } from "@yinxin/service-kit/auth";
import { base64Bytes } from "@yinxin/service-kit/wire";
import { z } from "zod";

import type { LedgerRefusalCode } from "../domain/ledger-refusal.ts";
import type { SealApplier } from "../operations/seal-applier.ts";

/** What the seal service may refuse and our caller can act on. */
const passedOn = ["seal-not-found", "seal-not-active"] as const satisfies readonly LedgerRefusalCode[];

/** A license with its font and a seal; the service's own limit for documents is no smaller. */
const sealedBytesMax = 20 * 1024 * 1024;

const sealReply = z.object({ organization_id: z.string() });
const applicationReply = z.object({ document: z.object({ content: base64Bytes(sealedBytesMax) }) });

/** The seal service over HTTP, in this service's own name. */
export function createSealClient(options: {
  readonly baseUrl: string;
  readonly tokens: TokenClient;
  readonly fetch: Fetch;
}): SealApplier {
  const client = createServiceClient({ ...options, passOn: passedOn });
  return {
    ownerOf: async (sealId) => {
      const path = `/v1/seals/${encodeURIComponent(sealId)}`;
      const { organization_id } = await client.send({ method: "GET", path, reply: sealReply });
      return { organizationId: organization_id };
    },
    apply: async ({ sealId, document, placement, reason }) => {
      const { document: sealed } = await client.send({
        method: "POST",
        path: `/v1/seals/${encodeURIComponent(sealId)}/applications`,
        body: {
          document: { name: document.name, content: base64Of(document.content) },
          placement: { page: placement.page, x_mm: placement.xMm, y_mm: placement.yMm },
          reason,
        },
        reply: applicationReply,
      });
      return sealed.content;
    },
  };
}
