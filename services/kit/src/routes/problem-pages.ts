import { Router } from "express";

import type { Language, ProblemTable } from "../problems/index.ts";
import { requestContextOf } from "./request-context.ts";

const words = {
  zh: { code: "代码", status: "HTTP 状态", hint: "怎么办", list: "本服务可能返回的问题" },
  en: {
    code: "code",
    status: "HTTP status",
    hint: "What to do",
    list: "Problems that this service answers with",
  },
} as const satisfies Record<Language, Record<string, string>>;

/** Answers the `type` of every problem with its documentation, as plain text in the reader's language. */
export function problemPages(problems: ProblemTable): Router {
  const router = Router({ caseSensitive: true });
  router.get("/problems", (_request, response) => {
    const { language } = requestContextOf(response);
    const lines = Object.entries(problems).map(
      ([code, { status, title }]) => `${String(status)}  ${code}  ${title[language]}`,
    );
    response.type("text/plain").send([words[language].list, "", ...lines, ""].join("\n"));
  });
  router.get("/problems/:code", (request, response, next) => {
    const { code } = request.params;
    const entry = Object.hasOwn(problems, code) ? problems[code] : undefined;
    if (entry === undefined) {
      next();
      return;
    }
    const { language } = requestContextOf(response);
    const word = words[language];
    const lines = [
      entry.title[language],
      "",
      `${word.code}: ${code}`,
      `${word.status}: ${String(entry.status)}`,
      `${word.hint}: ${entry.hint[language]}`,
      "",
    ];
    response.type("text/plain").send(lines.join("\n"));
  });
  return router;
}
