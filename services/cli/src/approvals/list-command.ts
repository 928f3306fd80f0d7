import { askServices, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import { localTime, noWords, renderJson, renderTable } from "../terminal/index.ts";
import type { Language } from "../terminal/index.ts";
import { changeInWords, changeStateInWords } from "./change-words.ts";
import type { ChangeRow } from "./change-wire.ts";
import { listChanges } from "./held-change.ts";

const headings = {
  zh: ["编号", "服务", "内容", "申请人", "批准", "有效至", "状态"],
  en: ["CHANGE", "SERVICE", "WHAT", "ASKED BY", "APPROVALS", "VALID UNTIL", "STATE"],
} as const;

export const command = officerCommand({
  lines: ["approvals list [--state waiting|ready|executed|rejected|expired|altered]"],
  examples: ["approvals list", "approvals list --state waiting --json"],
  about: {
    zh: "列出各服务的变更申请，新的在前。",
    en: "Lists the changes that officers asked for, of every service, newest first.",
  },
  options: {
    state: {
      type: "string",
      value: "STATE",
      help: { zh: "只列这种状态的申请", en: "only changes in this state" },
    },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const services = (await session()).services(values.service);
    const answers = await askServices(services, (service) => listChanges(service, values.state));
    const rows = answers.answers
      .flatMap(({ answer }) => answer)
      .sort((one, other) => other.created_at.localeCompare(one.created_at));
    const exitCode = sayFailures(answers, terminal);
    terminal.print(isJson ? renderJson(rows) : renderRows(rows, terminal.language));
    return exitCode;
  },
});

function renderRows(rows: readonly ChangeRow[], language: Language): string {
  return renderTable(
    headings[language],
    rows.map((row) => [
      row.id,
      row.service,
      changeInWords(row, language),
      row.proposer,
      `${String(row.persons.counted)}/${String(row.persons.needed)}`,
      localTime(row.not_after),
      changeStateInWords({ state: row.state, endedBy: row.ended_by }, language),
    ]),
  );
}
