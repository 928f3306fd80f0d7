import { FetchFailure, RemoteProblem } from "@yinxin/service-kit/auth";
import { Refusal } from "@yinxin/service-kit/problems";

import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { Bilingual } from "../terminal/index.ts";
import { OfficerKeyTrouble } from "./signed-fetch.ts";

const exitCodeOfStatus: ReadonlyMap<number, number> = new Map([
  [401, exitCodes.notAllowed],
  [403, exitCodes.notAllowed],
  [409, exitCodes.conflict],
  [412, exitCodes.conflict],
  [502, exitCodes.unreachable],
  [504, exitCodes.unreachable],
]);

/** What to type after a problem of this code, where that is known better here than there. */
const nextSteps: ReadonlyMap<string, Bilingual> = new Map([
  ["unauthenticated", both("yinxin --as NAME …", "--officer-key URI --officer-label LABEL")],
  ["not-permitted", both("yinxin --as NAME …", "--officer-key URI --officer-label LABEL")],
  ["change-not-found", { zh: "yinxin approvals list", en: "yinxin approvals list" }],
  ["plan-not-found", { zh: "yinxin plans list", en: "yinxin plans list" }],
  ["key-ring-not-found", { zh: "yinxin keys list", en: "yinxin keys list" }],
  ["change-waiting", { zh: "yinxin approvals list", en: "yinxin approvals list" }],
]);

function both(one: string, other: string): Bilingual {
  return { zh: `${one} 或 ${other}`, en: `${one} or ${other}` };
}

/** Codes that mean that somebody else has to sign first. */
const waitingCodes = new Set(["change-waiting"]);

/** What a service answered, or did not, as a failure of the command. What it is no answer at all to is left as it is. */
export function failureOf(cause: unknown, service: string): unknown {
  if (cause instanceof RemoteProblem) return failureOfProblem(cause, service);
  const trouble = keyTroubleIn(cause);
  if (trouble !== undefined) return trouble.cause;
  if (cause instanceof Refusal || cause instanceof FetchFailure) {
    const why = cause instanceof FetchFailure ? cause.message : "";
    return new CommandFailure(
      "service-unreachable",
      {
        zh: `服务 ${service} 没有应答。${why}`,
        en: `The service ${service} did not answer. ${why}`.trimEnd(),
      },
      {
        cause,
        exitCode: exitCodes.unreachable,
        next: {
          zh: "查看服务是否在运行，稍后重试。",
          en: "See whether it runs, and try again.",
        },
      },
    );
  }
  return cause;
}

/** What never left this machine is not the service's fault. */
function keyTroubleIn(cause: unknown): OfficerKeyTrouble | undefined {
  if (cause instanceof OfficerKeyTrouble) return cause;
  return cause instanceof Error && cause.cause !== undefined ? keyTroubleIn(cause.cause) : undefined;
}

function failureOfProblem(cause: RemoteProblem, service: string): CommandFailure {
  const { code, title, detail, status, hint, request_id: requestId } = cause.problem;
  const words = `${service}: ${detail ?? title}`;
  return new CommandFailure(
    code,
    // The service answered in the language that was asked for.
    { zh: words, en: words },
    {
      cause,
      requestId,
      exitCode: waitingCodes.has(code)
        ? exitCodes.waiting
        : (exitCodeOfStatus.get(status) ?? exitCodes.failed),
      next: nextSteps.get(code) ?? { zh: hint, en: hint },
    },
  );
}
