import { createClientAssertion, publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { Signer } from "@yinxin/crypto/signer";
import { z } from "zod";

import type { Clock } from "../clock/index.ts";
import { boundedFetch, FetchFailure, jsonOf } from "./bounded-fetch.ts";
import type { Fetch } from "./bounded-fetch.ts";

/** A token is replaced this long before it ends, so that it does not expire on the way. */
const renewBeforeMilliseconds = 30_000;
const timeoutMilliseconds = 10_000;
const tokenBytesMax = 64 * 1024;

const tokenSchema = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive(),
});

export interface TokenClientOptions {
  readonly tokenEndpoint: string;
  /** What the assertion names as its audience; the token endpoint if absent. */
  readonly audience?: string;
  readonly clientId: string;
  /** The client's key; or what opens it for one assertion, as a key ring does. */
  readonly signer: Signer | (() => Promise<Signer>);
  /** The `kid` under which the key is registered; its thumbprint (RFC 7638) if absent. */
  readonly keyId?: string;
  /** Permissions to ask for, separated by spaces. */
  readonly scope: string;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** This service as a client of the sign-on service. */
export interface TokenClient {
  /**
   * A token that is good for at least half a minute; the last one while it is, else a new one. Concurrent callers share
   * one request.
   *
   * @throws FetchFailure if the sign-on service does not give one; what opening the key throws.
   */
  accessToken(): Promise<string>;
}

/** Gets tokens by `client_credentials` (RFC 6749 §4.4) with `private_key_jwt` (RFC 7523 §2.2). */
export function createTokenClient(options: TokenClientOptions): TokenClient {
  let kept: { readonly token: string; readonly renewAt: number } | undefined;
  let running: Promise<string> | undefined;

  async function renew(): Promise<string> {
    const requestedAt = options.clock.now().getTime();
    const { access_token: token, expires_in: seconds } = await requestToken(options);
    kept = { token, renewAt: requestedAt + seconds * 1000 - renewBeforeMilliseconds };
    return token;
  }

  return {
    accessToken: () => {
      if (kept !== undefined && options.clock.now().getTime() < kept.renewAt)
        return Promise.resolve(kept.token);
      running ??= renew().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

async function requestToken(options: TokenClientOptions): Promise<z.infer<typeof tokenSchema>> {
  const { tokenEndpoint, clientId, scope, clock, fetch, randomBytes } = options;
  const signer = typeof options.signer === "function" ? await options.signer() : options.signer;
  const assertion = await createClientAssertion({
    signer,
    keyId: options.keyId ?? publicJwkOfSpki(signer.publicKey).kid,
    clientId,
    audience: options.audience ?? tokenEndpoint,
    now: clock.now(),
    jwtId: Buffer.from(randomBytes(16)).toString("base64url"),
  });
  const response = await boundedFetch(fetch, {
    url: tokenEndpoint,
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      scope,
      client_id: clientId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    }).toString(),
    timeoutMilliseconds,
    responseBytesMax: tokenBytesMax,
  });
  const body = jsonOf(response);
  if (response.status !== 200) {
    throw new FetchFailure(`the sign-on service gave no token: ${String(response.status)} ${errorOf(body)}`);
  }
  const parsed = tokenSchema.safeParse(body);
  if (!parsed.success) throw new FetchFailure("the sign-on service answered something else than a token");
  return parsed.data;
}

/** RFC 6749 §5.2: a code from a closed list, so it may be repeated in a log. */
function errorOf(body: unknown): string {
  const parsed = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) }).safeParse(body);
  return parsed.success ? parsed.data.error : "without an error code";
}
