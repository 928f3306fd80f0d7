import { dryRunOption, officerCommand } from "../officer/index.ts";
import { onlyWord } from "../terminal/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { sendDecision, tellChange } from "./decide.ts";
import { findChange, readChangeId } from "./held-change.ts";
import { readSignedApproval } from "./offline-approval.ts";

export const command = officerCommand({
  lines: ["approvals submit FILE"],
  examples: ["approvals submit change.json.approval", "approvals submit change.json.approval --dry-run"],
  about: {
    zh: "提交 approvals approve --offline 写出的批准。签名是批准人的，提交人可以是另一位管理员。",
    en: "Hands in what approvals approve --offline wrote. The signature is the approver's; whoever hands it in may be another officer.",
  },
  options: { ...dryRunOption },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const { change: id, statement, signature } = await readSignedApproval(onlyWord(positionals, "a file"));
    const open = await session();
    const change = await findChange(open, readChangeId(id));
    if (values["dry-run"] === true) {
      terminal.say(`would hand in an approval of ${id} to ${change.service.name}`);
      return exitCodes.done;
    }
    const decided = await sendDecision(change, { statement, signature }, open);
    const exitCode = tellChange(decided, terminal, isJson);
    return exitCode === exitCodes.waiting ? exitCodes.done : exitCode;
  },
});
