import { dueDaysDefault } from "@yinxin/service-kit/key-rings";

import { exitCodes } from "../exit-codes.ts";
import { officerCommand, serviceOption } from "../officer/index.ts";
import { readOfficerEnds } from "../officers/officer-ends.ts";
import { localDay, noWords, readDuration, renderJson, renderTable } from "../terminal/index.ts";
import type { Bilingual, Cell } from "../terminal/index.ts";
import type { KeyConcern, KeyRow } from "./key-row.ts";
import { daysUntil, readKeyRows } from "./read-key-rows.ts";
import { daysInWords } from "./render-keys.ts";

const dayMilliseconds = 86_400_000;

/** What `keys list` marks, `keys status` counts and alarms tell is due by then too. */
const withinDefault = `${String(dueDaysDefault)}d`;

const headings = {
  zh: ["用途", "版本", "事项", "何时", "剩余"],
  en: ["PURPOSE", "VERSION", "WHAT", "WHEN", "LEFT"],
} as const;

export const command = officerCommand({
  lines: ["keys due [--within 30d] [--exit-code]"],
  examples: ["keys due --within 30d", "keys due --within 7d --exit-code"],
  about: {
    zh: "列出需要处理的密钥：到期、接近签名上限、没有备份或备用密钥、恢复演练过期；以及即将到期的管理人员证书。",
    en: "Lists keys that somebody should see to: they end, near their limit, have no backup, stand-by or restore test; and officers' certificates that end.",
  },
  options: {
    within: {
      type: "string",
      value: "SPAN",
      help: { zh: "多久之内（缺省 90d）", en: "how soon (90d if absent)" },
    },
    "exit-code": {
      type: "boolean",
      help: { zh: "有到期项时退出码为 10", en: "exit with 10 if anything is due" },
    },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const within = readDuration("--within", values.within ?? withinDefault);
    const until = terminal.now().getTime() + within;
    const { rows, exitCode } = await readKeyRows(await session(), terminal, {
      service: values.service,
      withinDays: Math.ceil(within / dayMilliseconds),
    });
    const keys = rows.flatMap((row) => concernsUntil(row, until).map((concern) => ({ row, concern })));
    const officers = await readOfficerEnds(await session(), values.service, until);
    const due = [...keys, ...officers];
    if (isJson) {
      const told = keys.map(({ row: { service, purpose, version }, concern }) => {
        return { service, purpose, version, ...concern };
      });
      const people = officers.map((end) => ({ kind: "officer-certificate-expires", ...end }));
      terminal.print(renderJson([...told, ...people]));
    } else {
      const { language, hasColour } = terminal;
      const timeCells = (at: string | undefined): Cell[] => [
        at === undefined ? "" : localDay(at),
        daysInWords(at === undefined ? undefined : daysUntil(at, terminal.now()), language),
      ];
      const cells = [
        ...keys.map(({ row, concern: { detail, at } }): Cell[] => {
          return [row.purpose, `v${String(row.version)}`, detail[language], ...timeCells(at)];
        }),
        ...officers.map(({ officer, detail, at }): Cell[] => [
          officer,
          "",
          detail[language],
          ...timeCells(at),
        ]),
      ];
      if (due.length > 0) terminal.print(renderTable(headings[language], cells, { hasColour }));
      else terminal.say(nothingDue(values.within ?? withinDefault)[language]);
    }
    return exitCode === exitCodes.done && due.length > 0 && values["exit-code"] === true
      ? exitCodes.due
      : exitCode;
  },
});

function nothingDue(span: string): Bilingual {
  return { zh: `${span} 内没有需要处理的密钥。`, en: `Nothing is due within ${span}.` };
}

/** What is due now, or will be by then. */
export function concernsUntil({ due }: Pick<KeyRow, "due">, until: number): readonly KeyConcern[] {
  return due.filter(({ at }) => at === undefined || Date.parse(at) <= until);
}
