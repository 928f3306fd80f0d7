import type { Log } from "@yinxin/service-kit/log";
import { pageAssets } from "@yinxin/service-kit/pages";
import { Router, urlencoded } from "express";
import type { Request, RequestHandler, Response } from "express";

import { sendAnswer } from "./answers.ts";
import type { Answer } from "./answers.ts";
import { answerToError } from "./errors.ts";
import { beginLogin, completeLogin, logOut } from "./login-handlers.ts";
import type { LoginHandlerDeps } from "./login-handlers.ts";
import { homePage, messagePage, messageStatus } from "./simple-pages.tsx";
import {
  downloadResult,
  receiveStampForm,
  showResult,
  showSealPicture,
  showStampForm,
} from "./stamp-handlers.ts";
import type { StampHandlerDeps } from "./stamp-handlers.ts";
import { receiveVerifyForm, showVerifyForm } from "./verify-handlers.ts";
import type { VerifyHandlerDeps } from "./verify-handlers.ts";
import { readVisit } from "./visit.ts";
import type { Visit } from "./visit.ts";

export interface DeskPagesDeps extends LoginHandlerDeps, StampHandlerDeps, VerifyHandlerDeps {
  readonly log: Log;
}

/** A form token and nothing else. */
const logoutForm = urlencoded({ extended: false, limit: 1024, parameterLimit: 4 });

/** Every page of the desk. What is thrown on the way becomes a page too. */
export function deskPages(deps: DeskPagesDeps): Router {
  const router = Router({ caseSensitive: true });
  const page = (answer: (visit: Visit) => Promise<Answer>): RequestHandler => handler(deps, answer);
  router.use(pageAssets());
  router.get(
    "/",
    page((visit) => Promise.resolve({ page: homePage(visit.context) })),
  );
  router.get(
    "/login",
    page((visit) => beginLogin(deps, visit)),
  );
  router.get(
    "/callback",
    page((visit) => completeLogin(deps, visit)),
  );
  router.post(
    "/logout",
    logoutForm,
    page((visit) => logOut(deps, visit)),
  );
  router.get(
    "/stamp",
    page((visit) => showStampForm(deps, visit)),
  );
  router.post(
    "/stamp",
    page((visit) => receiveStampForm(deps, visit)),
  );
  router.get(
    "/results/:id",
    page((visit) => showResult(deps, visit, parameter(visit, "id"))),
  );
  router.get(
    "/results/:id/file",
    page((visit) => downloadResult(deps, visit, parameter(visit, "id"))),
  );
  router.get(
    "/seals/:id/picture",
    page((visit) => showSealPicture(deps, visit, parameter(visit, "id"))),
  );
  router.get(
    "/verify",
    page((visit) => showVerifyForm(deps, visit)),
  );
  router.post(
    "/verify",
    page((visit) => receiveVerifyForm(deps, visit)),
  );
  router.use(
    page((visit) =>
      Promise.resolve({ page: messagePage(visit.context, "notFound"), status: messageStatus.notFound }),
    ),
  );
  return router;
}

function parameter({ request }: Visit, name: string): string {
  const value = request.params[name];
  return typeof value === "string" ? value : "";
}

function handler(deps: DeskPagesDeps, answer: (visit: Visit) => Promise<Answer>): RequestHandler {
  return async (request: Request, response: Response) => {
    const visit = await readVisit(deps, request, response);
    try {
      sendAnswer(response, await answer(visit));
    } catch (thrown) {
      const known = answerToError(visit.context, thrown);
      if (known === undefined) deps.log.error({ request_id: visit.requestId, err: thrown }, "a page failed");
      const fault = {
        page: messagePage(visit.context, "fault", { requestId: visit.requestId }),
        status: 500,
      };
      sendAnswer(response, known ?? fault);
    }
  };
}
