import { officerPermissions } from "@yinxin/service-kit/auth";

import { exitCodes } from "../exit-codes.ts";
import type { OfficerSession, ServiceConnection } from "../officer/index.ts";
import { CommandFailure } from "../terminal/index.ts";
import { roleInWords } from "./change-words.ts";
import { currentPolicy } from "./propose-change.ts";
import { signatoryOf } from "./sign-decision.ts";

/**
 * Whoever may only look is told so before a plan is shown or anything is asked; the service would refuse the request as well.
 *
 * @throws CommandFailure `not-permitted`, and as {@link currentPolicy} and {@link signatoryOf} do
 */
export async function refuseOnlooker(session: OfficerSession, service: ServiceConnection): Promise<void> {
  const policy = await currentPolicy(session, service);
  const { role } = signatoryOf(await session.identity(), policy);
  if (officerPermissions[role].includes("change:propose")) return;
  throw new CommandFailure(
    "not-permitted",
    {
      zh: `${roleInWords(role, "zh")}不能申请变更；没有做任何改动。`,
      en: `The role ${roleInWords(role, "en")} asks for no change; nothing was done.`,
    },
    {
      exitCode: exitCodes.notAllowed,
      next: {
        zh: "yinxin --as NAME …，或用 --officer-key URI --officer-label LABEL 换一位管理员",
        en: "yinxin --as NAME …, or --officer-key URI --officer-label LABEL, as another officer",
      },
    },
  );
}
