import { base64Of } from "@yinxin/crypto/bytes";
import { publicJwkOfSpki } from "@yinxin/crypto/tokens";
import { z } from "zod";

import { boundedFetch, jsonOf } from "../auth/bounded-fetch.ts";
import type { Fetch } from "../auth/bounded-fetch.ts";
import { refuse } from "../problems/index.ts";
import type { StepHook } from "../rotations/index.ts";

export interface LostKeyHooksDeps {
  /** The sign-on service's address. */
  readonly issuer: string;
  readonly clientId: string;
  readonly fetch: Fetch;
}

const timeoutMilliseconds = 10_000;
const responseBytesMax = 64 * 1024;

/**
 * What the plan `compromise` does for a client key: it waits. Whoever has the key could register others with it, and remove the
 * client's own, so nothing that it says counts; only officers can have the sign-on service turn the client away, and then have it take
 * the successor. Until they have, the plan is not past that step, and its problem says what to type.
 *
 * @param purpose of the client ring; another ring of the service has nothing to do here.
 */
export function lostKeyHooks(deps: LostKeyHooksDeps, purpose: string): Readonly<Record<string, StepHook>> {
  return {
    "compromise.deny": {
      run: async ({ plan, old }) => {
        if (plan.purpose !== purpose || old === undefined) return { not_offered: "compromise.deny" };
        const { kid } = publicJwkOfSpki(old.publicKey);
        if ((await stateOf(deps, kid)) === "registered") throw stillBelieved(deps.clientId, kid);
        return { refused: kid };
      },
    },
    "compromise.publish": {
      run: async ({ plan, next }) => {
        if (plan.purpose !== purpose) return null;
        const { kid } = publicJwkOfSpki(next.publicKey);
        if ((await stateOf(deps, kid)) !== "registered") throw notYetKnown(deps.clientId, next.publicKey);
        return { registered: kid };
      },
    },
  };
}

/** What a key is to this client at the sign-on service. */
async function stateOf({ issuer, clientId, fetch }: LostKeyHooksDeps, keyId: string): Promise<string> {
  const response = await boundedFetch(fetch, {
    url: `${issuer}/v1/clients/${encodeURIComponent(clientId)}/keys/${keyId}`,
    method: "GET",
    headers: { accept: "application/json" },
    ...{ timeoutMilliseconds, responseBytesMax },
  });
  const answer = z.object({ state: z.string() }).safeParse(jsonOf(response));
  if (response.status === 200 && answer.success) return answer.data.state;
  throw refuse("client-key-refused", {
    zh: `统一身份认证没有说明密钥的状态（${String(response.status)}）。`,
    en: `The sign-on service does not say what the key is to it (${String(response.status)}).`,
  });
}

function stillBelieved(clientId: string, keyId: string): Error {
  const command = `yinxin clients suspend ${clientId} --reason TEXT`;
  return refuse("client-key-refused", {
    zh: `统一身份认证仍接受被盗的密钥 ${keyId}。请执行：${command}`,
    en: `The sign-on service still believes the stolen key ${keyId}. Type: ${command}`,
  });
}

function notYetKnown(clientId: string, publicKey: Uint8Array): Error {
  const command = `yinxin clients replace-key ${clientId} --public-key ${base64Of(publicKey)} --reason TEXT`;
  return refuse("client-key-refused", {
    zh: `统一身份认证还不认识后继密钥。请执行：${command}`,
    en: `The sign-on service does not know the successor yet. Type: ${command}`,
  });
}
