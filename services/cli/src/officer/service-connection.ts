import { createServiceClient } from "@yinxin/service-kit/auth";
import type { Fetch } from "@yinxin/service-kit/auth";
import type { z } from "zod";

import type { DeployedService } from "../deployment/index.ts";
import type { Language } from "../terminal/index.ts";
import { failureOf } from "./problem-failure.ts";

/** Longer than a slow card signs; nobody waits longer for an answer to a question. */
const timeoutMilliseconds = 20_000;
/** The events of one page, or a plan's list of signatures. */
const responseBytesMax = 64 * 1024 * 1024;

export interface ServiceCall<Reply extends z.ZodType> {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly reply: Reply;
}

/** One service, spoken with as the officer. */
export interface ServiceConnection {
  readonly name: string;
  /** @throws CommandFailure with the problem's code, or `service-unreachable`. */
  send<Reply extends z.ZodType>(call: ServiceCall<Reply>): Promise<z.output<Reply>>;
  /** What stands at a path as text: a document, a checkpoint. @throws CommandFailure as {@link ServiceConnection.send} does. */
  readText(path: string): Promise<string>;
}

/** @param fetch signs each request with the officer's key. */
export function connectService(
  { name, url }: DeployedService,
  fetch: Fetch,
  language: Language,
): ServiceConnection {
  const client = createServiceClient({ baseUrl: url, fetch, timeoutMilliseconds, responseBytesMax });
  const acceptLanguage = language === "zh" ? "zh-CN" : "en";
  return {
    name,
    readText: async (path) => {
      try {
        const { content } = await client.sendForBytes({ method: "GET", path, acceptLanguage });
        return new TextDecoder().decode(content);
      } catch (cause) {
        throw failureOf(cause, name);
      }
    },
    send: async (call) => {
      try {
        return await client.send({ ...call, acceptLanguage });
      } catch (cause) {
        throw failureOf(cause, name);
      }
    },
  };
}
