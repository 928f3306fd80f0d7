import { exitCodes } from "../exit-codes.ts";
import { officerCommand, serviceOption } from "../officer/index.ts";
import { localTime, noWords, printTable, renderJson } from "../terminal/index.ts";
import type { Cell, Language, Style } from "../terminal/index.ts";
import { isLiving } from "./key-row.ts";
import type { KeyRow } from "./key-row.ts";
import { readKeyRows } from "./read-key-rows.ts";
import type { FrozenScope, StrangeKey } from "./read-key-rows.ts";
import { daysInWords, noKeys, stateInWords } from "./render-keys.ts";

/** green: nothing to do; amber: see to it; red: it does not sign, or is not what it should be. */
export type RingLight = "green" | "amber" | "red";

const lights: Record<
  RingLight,
  { readonly mark: string; readonly style: Style; readonly zh: string; readonly en: string }
> = {
  green: { mark: "✔", style: "green", zh: "正常", en: "well" },
  amber: { mark: "⚠", style: "amber", zh: "注意", en: "see to it" },
  red: { mark: "✖", style: "red", zh: "故障", en: "wrong" },
};

const headings = { zh: ["", "用途", "版本", "说明"], en: ["", "PURPOSE", "VERSION", "WHY"] } as const;

export interface RingStatus {
  readonly service: string;
  readonly purpose: string;
  readonly version?: number;
  readonly light: RingLight;
  readonly why: readonly string[];
}

export const command = officerCommand({
  lines: ["keys status [--exit-code]"],
  examples: ["keys status", "keys status --exit-code --no-color"],
  about: {
    zh: "一屏看全：每个用途是正常、注意还是故障，哪些印章或单位被冻结。",
    en: "One screen: which purposes are well, need somebody, or are wrong, and which seals and units are frozen.",
  },
  options: {
    "exit-code": {
      type: "boolean",
      help: { zh: "有任何注意或故障时退出码为 10", en: "exit with 10 unless everything is well" },
    },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const { rows, strangers, freezes, exitCode } = await readKeyRows(await session(), terminal, values);
    const { language } = terminal;
    const all = [
      ...strangers.map(strangeStatus),
      ...freezes.filter(({ scope }) => !scope.startsWith("key:")).map((each) => frozenStatus(each, language)),
      ...statusOf(rows, language),
    ];
    const cells = all.map(({ light, purpose, version, why }): Cell[] => {
      const { mark, style } = lights[light];
      const words = why.length === 0 ? lights[light][language] : why.join(" · ");
      return [{ text: mark, style }, purpose, version === undefined ? "—" : `v${String(version)}`, words];
    });
    if (isJson) terminal.print(renderJson(all));
    else printTable(terminal, { heading: headings[language], rows: cells, none: noKeys });
    const count = (light: RingLight): string => String(all.filter((each) => each.light === light).length);
    terminal.say(
      (["red", "amber", "green"] as const)
        .map((light) => `${lights[light].mark} ${count(light)} ${lights[light][language]}`)
        .join(" · "),
    );
    const isWell = all.every(({ light }) => light === "green");
    return exitCode === exitCodes.done && !isWell && values["exit-code"] === true ? exitCodes.due : exitCode;
  },
});

/** A key that nobody accounts for is wrong, whatever it does. */
function strangeStatus({ service, keyUri, found }: StrangeKey): RingStatus {
  return { service, purpose: keyUri, light: "red", why: [found] };
}

/** A seal or a unit that stands still, until two officers thaw it; a frozen key says so in its own line. */
function frozenStatus({ service, scope, reason, since }: FrozenScope, language: Language): RingStatus {
  const time = localTime(since);
  const why = language === "zh" ? `自 ${time} 冻结：${reason}` : `frozen since ${time}: ${reason}`;
  return { service, purpose: scope, light: "red", why: [why] };
}

/** Each ring by its active version, or what stands for it; those that are wrong first. */
export function statusOf(rows: readonly KeyRow[], language: Language): readonly RingStatus[] {
  const rings = new Map<string, KeyRow[]>();
  for (const row of rows) {
    const name = `${row.service} ${row.purpose}`;
    rings.set(name, [...(rings.get(name) ?? []), row]);
  }
  const order: readonly RingLight[] = ["red", "amber", "green"];
  return [...rings.values()]
    .map((versions) => ringStatus(versions, language))
    .sort(
      (one, other) =>
        order.indexOf(one.light) - order.indexOf(other.light) || one.purpose.localeCompare(other.purpose),
    );
}

function ringStatus(versions: readonly KeyRow[], language: Language): RingStatus {
  const active = versions.find(({ state }) => state === "active");
  const row = active ?? versions.findLast(isLiving) ?? versions.at(-1);
  if (row === undefined) throw new Error("a ring without versions");
  const red = [
    ...(active === undefined ? [stateInWords(row.state, language)] : []),
    ...wrongWith(row, language),
    ...versions.flatMap(({ drift }) => drift.map(({ detail }) => detail[language])),
  ];
  const amber = row.due.map(({ detail }) => detail[language]);
  const light = red.length > 0 ? "red" : amber.length > 0 ? "amber" : "green";
  return { service: row.service, purpose: row.purpose, version: row.version, light, why: [...red, ...amber] };
}

function wrongWith(row: KeyRow, language: Language): readonly string[] {
  const hasEnded = row.daysLeft !== undefined && row.daysLeft < 0;
  return [
    ...(row.isFrozen ? [language === "zh" ? "已冻结" : "frozen"] : []),
    ...(hasEnded ? [daysInWords(row.daysLeft, language)] : []),
  ];
}
