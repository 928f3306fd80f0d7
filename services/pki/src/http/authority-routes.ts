import { pemOfDer } from "@yinxin/crypto/bytes";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { z } from "zod";

import { authorityAlgorithms } from "../domain/authority.ts";
import type { Authority } from "../domain/authority.ts";

export interface AuthorityRoutesDeps {
  readonly authorities: readonly Authority[];
}

const authoritySchema = z.strictObject({
  id: z.string(),
  algorithm: z.enum(authorityAlgorithms),
  /** The issuing authority's certificate, then the root's. */
  chain_pem: z.string(),
  root_pem: z.string(),
});

/** Who issues here. Reading a root here is no reason to trust it: that is for the operator to compare and decide. */
export function authorityRoutes({ authorities }: AuthorityRoutesDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/authorities",
      summary: "List the authorities with their certificates",
      permission: "public",
      reply: { status: 200, schema: z.strictObject({ authorities: z.array(authoritySchema) }) },
      handle: () => ({ authorities: authorities.map(replyOf) }),
    }),
  ];
}

function replyOf({ id, algorithm, issuing, root }: Authority): z.input<typeof authoritySchema> {
  const [issuingPem, rootPem] = [issuing, root].map(({ raw }) => pemOfDer(raw, "CERTIFICATE"));
  return { id, algorithm, chain_pem: `${issuingPem ?? ""}${rootPem ?? ""}`, root_pem: rootPem ?? "" };
}
