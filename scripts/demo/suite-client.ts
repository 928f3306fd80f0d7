import { randomBytes } from "node:crypto";

import { base64Of } from "@yinxin/crypto/bytes";
import { createServiceClient, createSuiteTokens } from "@yinxin/service-kit/auth";
import type { ServiceClient } from "@yinxin/service-kit/auth";
import { systemClock } from "@yinxin/service-kit/clock";
import { z } from "zod";

import type { Layout, ServiceName } from "./layout.ts";
import { clientsOf } from "./population.ts";
import { openClientKey } from "./prepare.ts";

export type SuiteClient = Readonly<Record<ServiceName, ServiceClient>>;

/** The services as one of the demo's clients sees them, with tokens of its own. */
export async function openSuiteClient(layout: Layout, clientId: string): Promise<SuiteClient> {
  const signer = await openClientKey(layout.data, clientId);
  const plan = clientsOf(layout).find((client) => client.clientId === clientId);
  if (plan === undefined) throw new Error(`the demo has no client ${clientId}`);
  const tokens = createSuiteTokens({
    issuer: layout.sso.url,
    clientId,
    signer,
    scope: plan.scope,
    clock: systemClock,
    fetch,
    randomBytes,
  });
  const clientOf = (name: ServiceName): ServiceClient =>
    createServiceClient({ baseUrl: layout[name].url, tokens, fetch });
  return {
    desk: clientOf("desk"),
    sso: clientOf("sso"),
    signing: clientOf("signing"),
    seal: clientOf("seal"),
    ledger: clientOf("ledger"),
    pki: clientOf("pki"),
  };
}

/** The services as anybody sees them. */
export function openPublicClient(layout: Layout, name: ServiceName): ServiceClient {
  return createServiceClient({ baseUrl: layout[name].url, fetch });
}

const authoritiesSchema = z.object({ authorities: z.array(z.object({ chain_pem: z.string() })) });

/** The demo's authorities and roots, as PEM: what this demo, and nobody else, trusts. */
export async function fetchTrustList(layout: Layout): Promise<string> {
  const { authorities } = await openPublicClient(layout, "pki").send({
    method: "GET",
    path: "/v1/authorities",
    reply: authoritiesSchema,
  });
  return authorities.map((authority) => authority.chain_pem).join("");
}

const sealsSchema = z.object({
  seals: z.array(
    z.object({ id: z.string(), code: z.string(), name: z.string(), organization_id: z.string() }),
  ),
});
export type ListedSeal = z.infer<typeof sealsSchema>["seals"][number];

export async function listSeals(suite: SuiteClient): Promise<readonly ListedSeal[]> {
  return (await suite.seal.send({ method: "GET", path: "/v1/seals", reply: sealsSchema })).seals;
}

const appliedSchema = z.object({ document: z.object({ name: z.string(), content: z.base64() }) });

export interface Placement {
  readonly page: number;
  readonly x_mm: number;
  readonly y_mm: number;
}

/** Applies a seal to a PDF or OFD and gives the sealed file. */
export async function applySeal(
  suite: SuiteClient,
  sealId: string,
  document: { readonly name: string; readonly bytes: Uint8Array },
  placement: Placement,
): Promise<Uint8Array> {
  const applied = await suite.seal.send({
    method: "POST",
    path: `/v1/seals/${encodeURIComponent(sealId)}/applications`,
    body: { document: { name: document.name, content: base64Of(document.bytes) }, placement, reason: "demo" },
    reply: appliedSchema,
  });
  return Buffer.from(applied.document.content, "base64");
}

const reportSchema = z.object({
  verdict: z.string(),
  summary: z.string(),
  signatures: z.array(
    z.object({
      seal: z.object({ name: z.string() }).optional(),
      checks: z.array(z.object({ name: z.string(), result: z.string(), detail: z.string().optional() })),
    }),
  ),
});
export type ReceivedReport = z.infer<typeof reportSchema>;

/** Asks the public verification of a service. */
export async function verifyBy(
  service: ServiceClient,
  document: { readonly name: string; readonly bytes: Uint8Array },
): Promise<ReceivedReport> {
  return service.send({
    method: "POST",
    path: "/v1/verifications",
    body: { file: { name: document.name, content: base64Of(document.bytes) } },
    reply: reportSchema,
  });
}
