/** The global `fetch`, or whatever stands for it. */
export type Fetch = typeof globalThis.fetch;

export interface BoundedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** The other side could not be reached, answered too slowly, too much, or with something else than agreed. */
export class FetchFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FetchFailure";
  }
}

export interface BoundedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMilliseconds: number;
  readonly responseBytesMax: number;
}

/**
 * One request with a deadline for the whole answer and a limit to its size. Redirects are not followed: between services
 * an address is configured, and a redirect would carry the token elsewhere.
 *
 * @throws FetchFailure, with the cause; its message names the address without query or body.
 */
export async function boundedFetch(fetch: Fetch, request: BoundedRequest): Promise<BoundedResponse> {
  const { url, method, headers, body } = request;
  const where = `${method} ${url.replace(/[?#].*$/s, "")}`;
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: "error",
      signal: AbortSignal.timeout(request.timeoutMilliseconds),
      ...(body !== undefined && { body }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: await readBody(response, request.responseBytesMax),
    };
  } catch (cause) {
    if (cause instanceof FetchFailure) throw new FetchFailure(`${where}: ${cause.message}`, { cause });
    // Whatever fetch rejects with (TypeError, AbortError, a socket's error), the request was not answered.
    throw new FetchFailure(`${where} was not answered`, { cause });
  }
}

async function readBody(response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop cancels the stream, so the rest is never read.
    if (size > bytesMax) throw new FetchFailure(`the answer is longer than ${String(bytesMax)} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The body as JSON. @throws FetchFailure if it is not JSON in UTF-8. */
export function jsonOf(response: BoundedResponse): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(response.body)) as unknown;
  } catch (cause) {
    throw new FetchFailure("the answer is not JSON", { cause });
  }
}
