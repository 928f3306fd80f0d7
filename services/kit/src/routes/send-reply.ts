import type { Response } from "express";

import type { FileContent, Route } from "./route.ts";

/**
 * Sends what a handler gave, if it is what its route promises.
 *
 * @throws Error, a fault, if the handler gave something else.
 */
export function sendReply(response: Response, route: Route, value: unknown): void {
  const { reply } = route;
  if ("schema" in reply) {
    const parsed = reply.schema.safeParse(value);
    if (!parsed.success)
      throw new Error(`the reply of ${nameOf(route)} does not fit its schema`, { cause: parsed.error });
    sendBytes(response, reply.status, "application/json", Buffer.from(JSON.stringify(parsed.data)));
  } else if ("contentType" in reply) {
    const { content, contentType, fileName } = fileOf(route, value);
    if (fileName !== undefined) response.attachment(fileName);
    sendBytes(response, reply.status, contentType ?? [reply.contentType].flat()[0] ?? "", content);
  } else {
    if (value !== undefined) throw new Error(`the reply of ${nameOf(route)} is not empty`);
    response.status(reply.status).end();
  }
}

function fileOf(route: Route, value: unknown): FileContent {
  const file = value instanceof Uint8Array ? { content: value } : (value as FileContent | undefined);
  const allowed = "contentType" in route.reply ? [route.reply.contentType].flat() : [];
  const isAllowed = file?.contentType === undefined || allowed.includes(file.contentType);
  if (!(file?.content instanceof Uint8Array) || !isAllowed) {
    throw new Error(`the reply of ${nameOf(route)} is not bytes of a type that it names`);
  }
  return file;
}

function sendBytes(response: Response, status: number, contentType: string, content: Uint8Array): void {
  response.status(status);
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", content.length);
  response.end(content);
}

function nameOf({ method, path }: Route): string {
  return `${method.toUpperCase()} ${path}`;
}
