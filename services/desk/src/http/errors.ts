import { RemoteProblem } from "@yinxin/service-kit/auth";
import { isRefusal } from "@yinxin/service-kit/problems";

import type { Answer } from "./answers.ts";
import type { PageContext } from "./page.tsx";
import { messagePage, messageStatus, problemPage } from "./simple-pages.tsx";
import type { MessageName } from "./simple-pages.tsx";

const messagesOfRefusals: Readonly<Record<string, MessageName>> = {
  "login-not-finished": "login",
  "form-not-ours": "form",
  "upload-malformed": "upload",
  "desk-busy": "busy",
  "service-unreachable": "unreachable",
  "not-found": "notFound",
};

/** The page for what a handler threw; undefined if it is a fault, which is to be logged and shown without detail. */
export function answerToError(context: PageContext, thrown: unknown): Answer | undefined {
  if (isRefusal(thrown)) {
    const name = messagesOfRefusals[thrown.code];
    return name && { page: messagePage(context, name), status: messageStatus[name] };
  }
  if (!(thrown instanceof RemoteProblem)) return undefined;
  if (isSessionOver(thrown)) return { redirect: "/login" };
  return { page: problemPage(context, thrown.problem), status: statusOf(thrown) };
}

/** Another service does not believe the session's token any more: the person has to log in again. */
export function isSessionOver(thrown: unknown): boolean {
  return thrown instanceof RemoteProblem && thrown.problem.status === 401;
}

/** What the person can correct keeps its status; a fault behind us is a bad gateway (RFC 9110 §15.6.3). */
export function statusOf({ problem }: RemoteProblem): number {
  return problem.status < 500 ? problem.status : 502;
}
