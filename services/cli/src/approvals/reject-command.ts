import { dryRunOption, officerCommand } from "../officer/index.ts";
import { onlyWord, UsageError } from "../terminal/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { decideAtService, tellChange } from "./decide.ts";
import { findChange, readChangeId } from "./held-change.ts";
import { renderChange } from "./render-change.ts";

export const command = officerCommand({
  lines: ["approvals reject CHANGE --reason TEXT"],
  examples: [
    'approvals reject chg_018f3a52c0de4b1c9a7e55aa --reason "wrong seal"',
    'approvals reject chg_018f3a52c0de4b1c9a7e55aa --reason "wrong seal" --confirm seal.maker',
  ],
  about: {
    zh: "驳回一项变更，并说明原因；驳回同样用您的密钥签名。",
    en: "Rejects a change and says why. A rejection is signed like an approval.",
  },
  options: {
    reason: { type: "string", value: "TEXT", help: { zh: "为何驳回", en: "why" } },
    confirm: {
      type: "string",
      value: "NAME",
      help: {
        zh: "变更对象的名称，用于无人可问时",
        en: "the name of what the change is about, where nobody can be asked",
      },
    },
    ...dryRunOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const id = readChangeId(onlyWord(positionals, "a change (chg_…)"));
    const { reason, confirm } = values;
    if (reason === undefined) throw new UsageError("Say why: --reason TEXT.");
    const open = await session();
    const change = await findChange(open, id);
    if (values["dry-run"] === true) {
      terminal.print(renderChange(change, terminal.language));
      return exitCodes.done;
    }
    const decision = { decision: "reject" as const, comment: reason };
    const decided = await decideAtService(change, { terminal, session: open, decision, confirm });
    return tellChange(decided, terminal, isJson);
  },
});
