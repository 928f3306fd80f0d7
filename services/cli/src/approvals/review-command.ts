import { UsageError, onlyWord } from "../terminal/index.ts";
import { changeCommand } from "./change-command.ts";
import { findChange, readChangeId } from "./held-change.ts";

export const command = changeCommand({
  line: "approvals review CHANGE --finding TEXT",
  examples: [
    "approvals review chg_018f3a52c0de4b1c9a7e55aa --finding justified --dry-run",
    'approvals review chg_018f3a52c0de4b1c9a7e55aa --finding "justified" --reason "review of 21 November"',
  ],
  about: {
    zh: "复核一次应急授权；两位管理员复核后告警解除。",
    en: "Reviews a use of the emergency key. The alarm ends when two officers have.",
  },
  operations: ["break-glass.review"],
  options: {
    finding: { type: "string", value: "TEXT", help: { zh: "复核结论", en: "what the review found" } },
  },
  wanted: async ({ positionals, values }, session) => {
    const id = readChangeId(onlyWord(positionals, "a change (chg_…)"));
    if (values.finding === undefined) throw new UsageError("Say what the review found: --finding TEXT.");
    const { service } = await findChange(session, id);
    return { service, operation: "break-glass.review", target: id, parameters: { finding: values.finding } };
  },
});
