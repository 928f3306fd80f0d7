import type { z } from "zod";

import { problemSchema, refuse } from "../problems/index.ts";
import type { ProblemBody } from "../problems/index.ts";
import { boundedFetch, FetchFailure, jsonOf } from "./bounded-fetch.ts";
import type { BoundedResponse, Fetch } from "./bounded-fetch.ts";
import type { TokenClient } from "./token-client.ts";

/** A sealed document in base64 with room to spare; a service that answers more has a defect. */
const responseBytesMaxDefault = 64 * 1024 * 1024;
/** Longer than a slow card needs to sign, shorter than a person waits. */
const timeoutMillisecondsDefault = 30_000;

/** A problem that another service answered with, and that the caller of this one was not promised. */
export class RemoteProblem extends Error {
  readonly problem: ProblemBody;

  constructor(where: string, problem: ProblemBody) {
    super(`${where} answered ${String(problem.status)} ${problem.code}`);
    this.name = "RemoteProblem";
    this.problem = problem;
  }
}

export interface ServiceClientOptions {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** This service's own tokens; without, requests carry only what `accessToken` says, or none. */
  readonly tokens?: TokenClient;
  readonly fetch: Fetch;
  /** Codes of the other service that become a Refusal of this one; the service's problem table must have them. */
  readonly passOn?: readonly string[];
  readonly timeoutMilliseconds?: number;
  readonly responseBytesMax?: number;
}

export interface ServiceRequest<Reply extends z.ZodType> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the base address, beginning with a slash, its parts already encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** Of the person in whose name this request is made; instead of the service's own. */
  readonly accessToken?: string;
  readonly acceptLanguage?: string;
  /** What the answer must be; other members of the other service's answer are ignored if the schema is not strict. */
  readonly reply: Reply;
}

/** A client of one other service. */
export interface ServiceClient {
  /**
   * @throws Refusal `service-unreachable`, or a code listed in `passOn`; RemoteProblem for any other problem; FetchFailure
   *   if the answer is none of what was agreed.
   */
  send<Reply extends z.ZodType>(request: ServiceRequest<Reply>): Promise<z.output<Reply>>;
  /** The same for an answer in bytes. */
  sendForBytes(
    request: Omit<ServiceRequest<z.ZodType>, "reply">,
  ): Promise<{ content: Uint8Array; headers: Headers }>;
}

/** Speaks JSON with the service at `baseUrl`, within limits of time and size, following no redirect. */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  return {
    send: async (request) => {
      const response = await exchange(options, request, "application/json");
      const parsed = await request.reply.safeParseAsync(jsonOf(response));
      if (!parsed.success) {
        throw new FetchFailure(`${whereOf(options, request)} answered something else than agreed`, {
          cause: parsed.error,
        });
      }
      return parsed.data;
    },
    sendForBytes: async (request) => {
      const { body, headers } = await exchange(options, request, "*/*");
      return { content: body, headers };
    },
  };
}

type Exchange = Omit<ServiceRequest<z.ZodType>, "reply">;

async function exchange(
  options: ServiceClientOptions,
  request: Exchange,
  accept: string,
): Promise<BoundedResponse> {
  const response = await answered(options, request, accept);
  if (response.status >= 200 && response.status < 300) return response;
  const where = whereOf(options, request);
  if (!(response.headers.get("content-type") ?? "").startsWith("application/problem+json")) {
    throw new FetchFailure(`${where} answered ${String(response.status)} without a problem`);
  }
  const problem = problemSchema.safeParse(jsonOf(response));
  if (!problem.success)
    throw new FetchFailure(`${where} answered a malformed problem`, { cause: problem.error });
  const { code, detail = "", title } = problem.data;
  const cause = new RemoteProblem(where, problem.data);
  if (options.passOn?.includes(code) === true) throw refuse(code, detail || title, { cause });
  throw cause;
}

async function answered(
  options: ServiceClientOptions,
  request: Exchange,
  accept: string,
): Promise<BoundedResponse> {
  try {
    return await boundedFetch(options.fetch, {
      url: `${options.baseUrl}${request.path}`,
      method: request.method,
      headers: await headersOf(options, request, accept),
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      timeoutMilliseconds: options.timeoutMilliseconds ?? timeoutMillisecondsDefault,
      responseBytesMax: options.responseBytesMax ?? responseBytesMaxDefault,
    });
  } catch (cause) {
    if (!(cause instanceof FetchFailure)) throw cause;
    throw refuse(
      "service-unreachable",
      {
        zh: "所依赖的服务没有应答，请稍后重试。",
        en: "A service that is needed did not answer; try again in a moment.",
      },
      { cause },
    );
  }
}

async function headersOf(
  options: ServiceClientOptions,
  request: Exchange,
  accept: string,
): Promise<Record<string, string>> {
  const token = request.accessToken ?? (await options.tokens?.accessToken());
  return {
    accept: `${accept}, application/problem+json`,
    ...(request.acceptLanguage !== undefined && { "accept-language": request.acceptLanguage }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(request.body !== undefined && { "content-type": "application/json" }),
  };
}

function whereOf({ baseUrl }: ServiceClientOptions, { method, path }: Exchange): string {
  return `${method} ${baseUrl}${path.replace(/[?#].*$/s, "")}`;
}
