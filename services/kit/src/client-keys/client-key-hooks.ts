import { createClientAssertion, publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { Signer } from "@yinxin/crypto/signer";
import { z } from "zod";

import { boundedFetch, jsonOf } from "../auth/bounded-fetch.ts";
import type { BoundedResponse, Fetch } from "../auth/bounded-fetch.ts";
import { transact } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import type { OpenKey } from "../key-rings/index.ts";
import type { StepContext, StepHook } from "../rotations/index.ts";
import { createRegistration, createRemoval } from "./client-key-statement.ts";
import type { StatementToMake } from "./client-key-statement.ts";
import { clientPurpose } from "./client-ring.ts";
import { lostKeyHooks } from "./lost-key-hooks.ts";
import { openClientKey } from "./open-client-key.ts";
import type { ClientKeyDeps } from "./open-client-key.ts";

export interface ClientKeyHooksDeps<Schema> extends ClientKeyDeps<Schema> {
  /** The sign-on service's address, which is also its name. */
  readonly issuer: string;
  /** This service as it is registered there. */
  readonly clientId: string;
  readonly fetch: Fetch;
  readonly randomBytes: (size: number) => Uint8Array;
}

const timeoutMilliseconds = 10_000;
const responseBytesMax = 64 * 1024;

/**
 * What the plan `client-key` does: the sign-on service is told of the new key by the old one, and of the old key's end by the
 * new one. Both are harmless when done twice.
 *
 * After a compromise neither is so: see {@link lostKeyHooks}.
 */
export function clientKeyHooks<Schema>(deps: ClientKeyHooksDeps<Schema>): Readonly<Record<string, StepHook>> {
  const purpose = clientPurpose(deps.service);
  const remove = async ({ rings }: StepContext, publicKey: Uint8Array): Promise<string> => {
    const { kid } = publicJwkOfSpki(publicKey);
    const signer = await counted(deps, await rings.open(purpose));
    const statement = await createRemoval(statementOf(deps, signer), kid);
    await post(deps, `key-removals`, { statement });
    return kid;
  };
  return {
    "client-key.register": {
      run: async ({ rings, next }) => {
        const signer = await counted(deps, await rings.open(purpose));
        const successor = await counted(deps, await rings.openVersion(purpose, next.version));
        await post(deps, "keys", await createRegistration(statementOf(deps, signer), successor));
        return { registered: publicJwkOfSpki(next.publicKey).kid };
      },
      undo: async (context) => {
        await remove(context, context.next.publicKey);
      },
    },
    "client-key.unregister": {
      run: async (context) =>
        context.old === undefined ? {} : { removed: await remove(context, context.old.publicKey) },
    },
    ...lostKeyHooks(deps, purpose),
    "client-key.self-test": {
      run: async () => ({ known: await checkKnown(deps, await openClientKey(deps)()) }),
    },
  };
}

/** The key's signer; its use is counted and in the log before it signs. */
async function counted<Schema>(
  { db, trail, clock, service }: ClientKeyHooksDeps<Schema>,
  { use, signer }: OpenKey,
): Promise<Signer> {
  await transact(db, (tx) =>
    trail.in(tx).append({
      action: "key.used",
      actor: `service:${service}`,
      subject: use.purpose,
      occurredAt: clock.now(),
      key: use,
      detail: { for: "client-key-statement" },
    }),
  );
  return signer;
}

function statementOf<Schema>(
  { issuer, clientId, clock, randomBytes }: ClientKeyHooksDeps<Schema>,
  signer: Signer,
): StatementToMake {
  return { signer, issuer, clientId, now: clock.now(), statementId: randomId(randomBytes) };
}

function randomId(randomBytes: (size: number) => Uint8Array): string {
  return Buffer.from(randomBytes(16)).toString("base64url");
}

async function post<Schema>(
  { issuer, clientId, fetch }: ClientKeyHooksDeps<Schema>,
  what: string,
  body: Readonly<Record<string, string>>,
): Promise<void> {
  const response = await boundedFetch(fetch, {
    url: `${issuer}/v1/clients/${encodeURIComponent(clientId)}/${what}`,
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
    ...{ timeoutMilliseconds, responseBytesMax },
  });
  if (response.status !== 200) throw notTaken(response);
}

/** The code of a problem of ours; of anything else only the status. */
function notTaken(response: BoundedResponse): Error {
  const body = z.object({ code: z.string().regex(/^[a-z-]{1,60}$/) }).safeParse(jsonOf(response));
  const answer = `${String(response.status)} ${body.success ? body.data.code : ""}`.trim();
  return refuse("client-key-refused", {
    zh: `统一身份认证没有接受密钥登记：${answer}。`,
    en: `The sign-on service did not take the registration: ${answer}.`,
  });
}

/** What the token endpoint says after it has believed the client; before, it says `invalid_client`. */
const errorsOfKnown: ReadonlySet<string> = new Set([
  "invalid_grant",
  "invalid_request",
  "unauthorized_client",
]);

/**
 * Proves itself with a code that never was: who is known is told that the code is wrong, who is not is told so (RFC 6749 §5.2),
 * and no token is made.
 */
async function checkKnown<Schema>(deps: ClientKeyHooksDeps<Schema>, signer: Signer): Promise<string> {
  const { issuer, clientId, clock, fetch, randomBytes } = deps;
  const keyId = publicJwkOfSpki(signer.publicKey).kid;
  const assertion = await createClientAssertion({
    ...{ signer, keyId, clientId, audience: issuer, now: clock.now() },
    jwtId: randomId(randomBytes),
  });
  const response = await boundedFetch(fetch, {
    url: `${issuer}/token`,
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: randomId(randomBytes),
      redirect_uri: issuer,
      client_id: clientId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    }).toString(),
    ...{ timeoutMilliseconds, responseBytesMax },
  });
  const answer = z.object({ error: z.string() }).safeParse(jsonOf(response));
  if (answer.success && errorsOfKnown.has(answer.data.error)) return keyId;
  throw notTaken(response);
}
