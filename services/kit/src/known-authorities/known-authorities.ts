import { parseCertificatesPem, X509Error } from "@yinxin/crypto/x509";
import type { Certificate, TrustList } from "@yinxin/crypto/x509";
import { z } from "zod";

import { createServiceClient, FetchFailure, RemoteProblem } from "../auth/index.ts";
import type { Fetch } from "../auth/index.ts";
import type { Clock } from "../clock/index.ts";
import type { Log } from "../log/index.ts";
import { isRefusal } from "../problems/index.ts";

/**
 * How old an answer of the certificate service may be. A new authority is published at least this long before it issues, so
 * that nobody meets a certificate whose issuer they have not heard of.
 */
export const authoritiesFreshSeconds = 300;
/** After a failure the last answer is used, and the service asked again no sooner than this. */
const retryMilliseconds = 30_000;
const timeoutMilliseconds = 5_000;
/** A certificate has one or two kilobytes; there are a few for each key that an authority ever had. */
const answerBytesMax = 1024 * 1024;
const authoritiesMax = 20;
const intermediatesMax = 200;

const authoritiesSchema = z.object({
  authorities: z.array(z.object({ intermediates_pem: z.string() })).max(authoritiesMax),
});

/** What a verifier of this deployment believes, and what it knows. */
export interface KnownAuthorities {
  /** Anchors are always those of the trust file. Never rejects: what cannot be asked for is known as it was. */
  trustList(): Promise<TrustList>;
}

export interface KnownAuthoritiesOptions {
  /** The trust file's content; its intermediates stay known. */
  readonly trust: TrustList;
  /** Of the certificate service, without a slash at the end. */
  readonly pkiUrl: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
}

/** The trust file and nothing else. */
export function fixedAuthorities(trust: TrustList): KnownAuthorities {
  return { trustList: () => Promise.resolve(trust) };
}

/** The trust file, and what the certificate service publishes; concurrent callers share one request. */
export function createKnownAuthorities(options: KnownAuthoritiesOptions): KnownAuthorities {
  const { trust, clock, log } = options;
  let known: TrustList = trust;
  let askAgainAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const now = clock.now().getTime();
    try {
      const published = await fetchIntermediates(options);
      known = { anchors: trust.anchors, intermediates: unite(trust.intermediates, published) };
      askAgainAt = now + authoritiesFreshSeconds * 1000;
    } catch (cause) {
      if (!isUnanswered(cause)) throw cause;
      log.warn({ err: cause }, "the authorities could not be asked for; those known before are used");
      askAgainAt = now + retryMilliseconds;
    }
  }

  return {
    trustList: async () => {
      if (clock.now().getTime() >= askAgainAt) {
        asking ??= ask().finally(() => {
          asking = undefined;
        });
        await asking;
      }
      return known;
    },
  };
}

function unite(one: readonly Certificate[], more: readonly Certificate[]): readonly Certificate[] {
  const keyOf = ({ raw }: Certificate): string => Buffer.from(raw).toString("base64");
  return [...new Map([...one, ...more].map((certificate) => [keyOf(certificate), certificate])).values()];
}

async function fetchIntermediates({ pkiUrl, fetch }: KnownAuthoritiesOptions): Promise<Certificate[]> {
  const service = createServiceClient({
    baseUrl: pkiUrl,
    fetch,
    timeoutMilliseconds,
    responseBytesMax: answerBytesMax,
  });
  const path = "/v1/authorities";
  const { authorities } = await service.send({ method: "GET", path, reply: authoritiesSchema });
  const certificates = authorities.flatMap(({ intermediates_pem: pem }) => readPem(pem));
  if (certificates.length > intermediatesMax) throw new FetchFailure("too many certificates are listed");
  return certificates;
}

function readPem(pem: string): readonly Certificate[] {
  if (pem === "") return [];
  try {
    return parseCertificatesPem(pem);
  } catch (cause) {
    if (cause instanceof X509Error) throw new FetchFailure("what is listed is no certificate", { cause });
    throw cause;
  }
}

/** Down, slow, or answering something else than agreed. */
function isUnanswered(cause: unknown): boolean {
  return cause instanceof FetchFailure || cause instanceof RemoteProblem || isRefusal(cause);
}
