import type { Request, Response } from "express";

import type { Log } from "../log/index.ts";
import { isRefusal, kitProblems, problemBody, refuse } from "../problems/index.ts";
import type { ProblemTable, Refusal } from "../problems/index.ts";
import { requestContextOf } from "./request-context.ts";

export interface SendProblemDeps {
  readonly baseUrl: string;
  readonly problems: ProblemTable;
  readonly log: Log;
}

/**
 * Answers whatever was thrown. A Refusal is answered as its row in the problem table says; everything else, a Refusal
 * without a row included, is a fault: logged with its causes, and answered without a word about them.
 */
export function sendProblem(
  deps: SendProblemDeps,
  request: Request,
  response: Response,
  thrown: unknown,
): void {
  const { requestId, language } = requestContextOf(response);
  if (request.destroyed && !request.complete) {
    deps.log.info({ request_id: requestId }, "the caller hung up");
    return;
  }
  const refusal = refusalOf(deps.problems, thrown);
  if (refusal === undefined) deps.log.error({ request_id: requestId, err: thrown }, "a request failed");
  // Too late for another answer: cutting the connection is the only way left to say that the first is not whole.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const code = refusal?.code ?? "internal";
  const entry = deps.problems[code] ?? kitProblems.internal;
  if (entry.status === 401) challenge(request, response);
  leaveBodyUnread(request, response);
  const body = problemBody({ baseUrl: deps.baseUrl, requestId, language }, code, entry, refusal);
  response.status(entry.status);
  response.setHeader("content-type", "application/problem+json");
  response.setHeader("content-language", language);
  response.end(JSON.stringify(body));
}

/** What was thrown, if the caller is to hear of it: a Refusal that has its row in the table. */
function refusalOf(problems: ProblemTable, thrown: unknown): Refusal | undefined {
  const refusal = thrown instanceof URIError ? malformedPath(thrown) : thrown;
  return isRefusal(refusal) && Object.hasOwn(problems, refusal.code) ? refusal : undefined;
}

/** RFC 6750 §3: with a token that is not believed, the error; without a token, nothing to guess from. */
function challenge(request: Request, response: Response): void {
  const error = request.headers.authorization === undefined ? "" : ', error="invalid_token"';
  response.setHeader("www-authenticate", `Bearer realm="yinxin"${error}`);
}

/**
 * A body up to this size is left to Node to discard: that keeps the connection and costs no memory, and a client that is
 * still sending is sure to read the answer.
 */
const discardedBytesMax = 128 * 1024 * 1024;

/** Ends the connection with the answer where a large or endless body is still to come: it will not be read. */
function leaveBodyUnread(request: Request, response: Response): void {
  const isComing =
    !request.complete &&
    (request.headers["transfer-encoding"] ?? request.headers["content-length"]) !== undefined;
  const length = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  if (isComing && length > discardedBytesMax) response.setHeader("connection", "close");
}

/** The router throws a URIError for a percent sign in the path that begins no encoding. */
function malformedPath(cause: URIError): Refusal {
  return refuse(
    "invalid-request",
    { zh: "路径中有无法解码的字符。", en: "The path has an encoding that cannot be read." },
    { cause },
  );
}
