import { clientKeyStatementCharactersMax } from "@yinxin/service-kit/client-keys";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { z } from "zod";

export interface ClientKeyRoutesDeps {
  readonly register: (
    clientId: string,
    proofs: { readonly statement: string; readonly proof: string },
  ) => Promise<{ readonly keyId: string }>;
  /** What the key is to the client; a key that it never had is unknown. */
  readonly stateOf: (clientId: string, keyId: string) => Promise<"registered" | "removed" | "unknown">;
  readonly remove: (clientId: string, statement: string) => Promise<{ readonly keyId: string }>;
}

const params = z.strictObject({ clientId: z.string().min(1).max(64) });
const jws = z.string().min(1).max(clientKeyStatementCharactersMax);
/** The thumbprint (RFC 7638) of the key that was registered or removed. */
const answered = z.strictObject({ key_id: z.string() });

/**
 * How a client changes its keys. Public, because the statements prove themselves: they are signed by a key that is
 * registered, and no token could say more.
 */
export function clientKeyRoutes({ register, remove, stateOf }: ClientKeyRoutesDeps): readonly Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/clients/:clientId/keys",
      summary: "Registers another key of a client, on the word of one that is registered",
      permission: "public",
      params,
      body: z.strictObject({ statement: jws, proof: jws }),
      bodyLimitBytes: 16 * 1024,
      reply: { status: 200, schema: answered },
      handle: async (input) => ({ key_id: (await register(input.params.clientId, input.body)).keyId }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/clients/:clientId/keys/:keyId",
      summary: "Whether a key proves a client: public, as the key is",
      permission: "public",
      params: params.extend({ keyId: z.string().length(43) }),
      reply: { status: 200, schema: z.strictObject({ state: z.enum(["registered", "removed", "unknown"]) }) },
      handle: async (input) => ({ state: await stateOf(input.params.clientId, input.params.keyId) }),
    }),
    defineRoute({
      method: "post",
      path: "/v1/clients/:clientId/key-removals",
      summary: "Removes a key of a client for good, on the word of another",
      permission: "public",
      params,
      body: z.strictObject({ statement: jws }),
      bodyLimitBytes: 16 * 1024,
      reply: { status: 200, schema: answered },
      handle: async (input) => ({
        key_id: (await remove(input.params.clientId, input.body.statement)).keyId,
      }),
    }),
  ];
}
