import type { Command } from "../command.ts";
import { officerCommand, serviceOption } from "../officer/index.ts";
import { command as storeCommand } from "../keys/list-command.ts";
import { noWords, renderJson, UsageError } from "../terminal/index.ts";
import type { Bilingual, Terminal } from "../terminal/index.ts";
import { bandOf, isInService, isLiving } from "./key-row.ts";
import type { KeyRow } from "./key-row.ts";
import { ringOrStore } from "./ring-or-store.ts";
import { readKeyRows } from "./read-key-rows.ts";
import { byUrgency, noKeys, renderKeyCsv, renderKeyTable } from "./render-keys.ts";

const ringCommand = officerCommand({
  lines: ["keys list [--all] [--csv]", "keys list --store URI"],
  examples: ["keys list", "keys list --csv > keys.csv"],
  about: {
    zh: "列出各服务的密钥：用途、版本、位置、到期与状态（‼ 7 天内、⚠ 30 天内、○ 90 天内到期）。给出 --store 时列出一个密钥存储中的密钥。",
    en: "Lists the keys of every service: what for, which version, where, until when, in which state (‼ ends within 7 days, ⚠ 30, ○ 90).\nWith --store it lists the keys of a store instead.",
  },
  options: {
    all: { type: "boolean", help: { zh: "也列已停用和已销毁的版本", en: "also versions that are over" } },
    csv: { type: "boolean", help: { zh: "输出 CSV", en: "print CSV" } },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    if (isJson && values.csv === true) throw new UsageError("Give --json or --csv, not both.");
    const open = await session();
    const { rows, exitCode } = await readKeyRows(open, terminal, values);
    const shown = values.all === true ? rows : rows.filter(isLiving);
    if (isJson) terminal.print(renderJson(shown));
    else if (values.csv === true) terminal.print(renderKeyCsv(shown));
    else if (shown.length === 0) terminal.say(noKeys[terminal.language]);
    else terminal.print(renderKeyTable(shown, terminal, open.deployment.isSandbox));
    if (values.csv !== true && !isJson && shown.length > 0) sayDue(shown, terminal);
    return exitCode;
  },
});

/** Keys that services hold by purpose, or with `--store` those of one store. */
export const command: Command = ringOrStore(ringCommand, storeCommand);

function sayDue(rows: readonly KeyRow[], terminal: Terminal): void {
  const inService = rows.filter(isInService);
  const soon = inService.filter(({ daysLeft }) => ["ended", "7", "30"].includes(bandOf(daysLeft)));
  const [first] = byUrgency(soon);
  if (first === undefined) {
    const later = inService.filter(({ daysLeft }) => bandOf(daysLeft) === "90").length;
    terminal.say(laterInWords(later)[terminal.language]);
    return;
  }
  const count = String(soon.length);
  const next = `yinxin keys rotate ${first.purpose} --dry-run`;
  terminal.say(
    terminal.language === "zh"
      ? `${count} 把密钥 30 天内到期：${next}`
      : `${count} key(s) end within 30 days: ${next}`,
  );
}

/** When nothing ends within 30 days. */
function laterInWords(count: number): Bilingual {
  if (count === 0) return { zh: "90 天内没有密钥到期。", en: "no key ends within 90 days." };
  return {
    zh: `${String(count)} 把密钥 90 天内到期，30 天内没有：yinxin keys due`,
    en: `${String(count)} key(s) end within 90 days, none within 30: yinxin keys due`,
  };
}
