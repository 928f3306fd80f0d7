import type { OfficerSession } from "../officer/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { followPlan } from "../plans/follow-plan.ts";
import { CommandFailure, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { changeInWords } from "./change-words.ts";
import { executionSchema } from "./change-wire.ts";
import type { FoundChange } from "./held-change.ts";

export interface ExecutionOptions {
  readonly terminal: Terminal;
  readonly isJson: boolean;
  /** Until the last step of the plan that the change begins. */
  readonly waits: boolean;
}

/** Operations after which a plan that runs is at its end when all of it is undone. */
const takingBack: ReadonlySet<string> = new Set(["plan.roll-back", "key.destroy-cancel"]);

/**
 * Does what was approved; a plan that begins with it is followed until it waits for a time to come, or to its end.
 *
 * @throws CommandFailure `change-waiting` (exit 6) as long as somebody else has to sign.
 */
export async function executeChange(
  session: OfficerSession,
  change: FoundChange,
  options: ExecutionOptions,
): Promise<number> {
  const { terminal, isJson } = options;
  const { id, service, verification } = change;
  refuseUnapproved(change);
  const { result } = await service.send({
    method: "POST",
    path: `/v1/changes/${id}/execution`,
    body: {},
    reply: executionSchema,
  });
  const what =
    verification.request === undefined ? id : changeInWords(verification.request, terminal.language);
  terminal.say(terminal.language === "zh" ? `✔ 已执行：${what}` : `✔ done: ${what}`);
  const plan = planOf(result);
  const isTakenBack = takingBack.has(verification.request?.operation ?? "");
  if (plan !== undefined) return await followPlan(service, plan, { ...options, isTakenBack });
  if (isJson) terminal.print(renderJson({ change: id, service: service.name, result }));
  return exitCodes.done;
}

function refuseUnapproved({ id, state, verification }: FoundChange): void {
  if (state !== "waiting") return;
  const { counted, needed } = verification;
  const count = `${String(counted)}/${String(needed)}`;
  throw new CommandFailure(
    "change-waiting",
    { zh: `${id} 尚待批准（${count}）。`, en: `${id} still waits for approval (${count}).` },
    {
      exitCode: exitCodes.waiting,
      next: { zh: `yinxin approvals approve ${id}`, en: `yinxin approvals approve ${id}` },
    },
  );
}

/** The plan that an operation began, if it did. */
function planOf(result: unknown): string | undefined {
  if (typeof result !== "object" || result === null || !("plan" in result)) return undefined;
  return typeof result.plan === "string" ? result.plan : undefined;
}
