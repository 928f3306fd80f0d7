import { z } from "zod";

import type { Clock } from "../clock/index.ts";
import { boundedFetch, FetchFailure, jsonOf } from "./bounded-fetch.ts";
import type { Fetch } from "./bounded-fetch.ts";

/** Keys are asked for again after this time, so a withdrawn key is believed at most so long while sso is up; earlier if it says so. */
const freshMilliseconds = 5 * 60_000;
/** How long old keys are used while the sign-on service cannot be reached. */
export const jwksStaleMilliseconds = 24 * 3600_000;
/** Between two fetches that a token with an unknown key asks for; without it, forged tokens would be a flood to sso. */
const refetchMilliseconds = 30_000;
const timeoutMilliseconds = 5_000;
/** Dozens of keys; a real set has two or three. */
const jwksBytesMax = 64 * 1024;

const jwksSchema = z.object({
  keys: z.array(z.record(z.string(), z.unknown())).max(100),
  /** The suite's own member: keys that somebody else may have. */
  denied_kids: z.array(z.string().max(200)).max(1000).optional(),
});
type Jwks = Pick<z.infer<typeof jwksSchema>, "keys">;

export interface JwksCacheOptions {
  readonly url: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

/** The issuer's published keys, fetched when needed and kept. */
export interface JwksCache {
  /**
   * The keys, at most five minutes old while the issuer can be reached (or what its `max-age` says, if that is less), at
   * most a day old while it cannot. A key that the issuer has once denied is never among them again.
   *
   * @param unknownKey true if the last answer lacked a key: fetches again, but not more often than every 30 seconds.
   * @throws FetchFailure if there are none young enough.
   */
  keys(unknownKey?: boolean): Promise<Jwks>;
}

/** A cache of one issuer's JWKS (RFC 7517 §5); concurrent callers share one fetch. */
export function createJwksCache(options: JwksCacheOptions): JwksCache {
  let kept: FetchedJwks | undefined;
  // A proxy between may still give an older document, in which a denied key is shown.
  const denied = new Set<string>();
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<Jwks> | undefined;

  async function fetchKeys(now: number): Promise<Jwks> {
    attemptedAt = now;
    const { document, freshMilliseconds } = await fetchJwks(options);
    for (const kid of document.denied_kids ?? []) denied.add(kid);
    const jwks = { keys: document.keys.filter(({ kid }) => typeof kid !== "string" || !denied.has(kid)) };
    kept = { jwks, fetchedAt: now, freshMilliseconds };
    return jwks;
  }

  /** The kept keys, where they answer the question or asking again must wait. */
  function remembered(now: number, unknownKey: boolean): Jwks | undefined {
    if (kept === undefined) return undefined;
    const wantsNew = unknownKey || now - kept.fetchedAt >= kept.freshMilliseconds;
    const mayAsk = now - attemptedAt >= refetchMilliseconds || !isUsable(kept.fetchedAt, now);
    return wantsNew && mayAsk ? undefined : kept.jwks;
  }

  return {
    keys: async (unknownKey = false) => {
      const now = options.clock.now().getTime();
      const known = remembered(now, unknownKey);
      if (known !== undefined) return known;
      running ??= fetchKeys(now).finally(() => {
        running = undefined;
      });
      try {
        return await running;
      } catch (cause) {
        if (cause instanceof FetchFailure && kept !== undefined && isUsable(kept.fetchedAt, now))
          return kept.jwks;
        throw cause;
      }
    },
  };
}

interface FetchedJwks {
  readonly jwks: Jwks;
  readonly fetchedAt: number;
  readonly freshMilliseconds: number;
}

function isUsable(fetchedAt: number, now: number): boolean {
  return now - fetchedAt <= jwksStaleMilliseconds;
}

async function fetchJwks({ url, fetch }: JwksCacheOptions): Promise<{
  readonly document: z.infer<typeof jwksSchema>;
  readonly freshMilliseconds: number;
}> {
  const response = await boundedFetch(fetch, {
    url,
    method: "GET",
    headers: { accept: "application/json" },
    timeoutMilliseconds,
    responseBytesMax: jwksBytesMax,
  });
  if (response.status !== 200) throw new FetchFailure(`GET ${url} answered ${String(response.status)}`);
  const parsed = jwksSchema.safeParse(jsonOf(response));
  if (!parsed.success) throw new FetchFailure(`GET ${url} answered something else than a JWKS`);
  return { document: parsed.data, freshMilliseconds: freshnessOf(response.headers) };
}

/** Never longer than our own five minutes, and never so short that every request would ask (RFC 9111 §5.2.2.1). */
function freshnessOf(headers: Headers): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(headers.get("cache-control") ?? "")?.[1];
  if (seconds === undefined) return freshMilliseconds;
  return Math.min(Math.max(Number(seconds) * 1000, refetchMilliseconds), freshMilliseconds);
}
