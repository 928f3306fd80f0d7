import { keyStates } from "@yinxin/service-kit/key-rings";

import { localDay, renderCsv, renderTable } from "../terminal/index.ts";
import type { Bilingual, Cell, Language, Style, Terminal } from "../terminal/index.ts";
import { bandOf } from "./key-row.ts";
import type { ExpiryBand, KeyRow } from "./key-row.ts";

const headings = {
  zh: ["密钥", "用途", "单位", "版本", "算法", "位置", "到期", "状态"],
  en: ["PURPOSE", "NAME", "UNIT", "VERSION", "ALGORITHM", "PLACE", "ENDS", "STATE"],
} as const;

/** Instead of a table without keys. */
export const noKeys: Bilingual = { zh: "没有密钥。", en: "There are no keys." };

const stateStyles: Readonly<Record<string, Style>> = {
  active: "green",
  suspended: "amber",
  compromised: "red",
  "destroyed-compromised": "red",
};

/** Marks first, colours beside them. */
const bandMarks: Record<ExpiryBand, string> = { ended: "✖", "7": "‼", "30": "⚠", "90": "○", later: "" };
const bandStyles: Record<ExpiryBand, Style | undefined> = {
  ended: "red",
  "7": "red",
  "30": "amber",
  "90": undefined,
  later: undefined,
};

/** A state for a person. */
export function stateInWords(state: string, language: Language): string {
  const known = Object.entries(keyStates).find(([name]) => name === state);
  return known?.[1].title[language] ?? state;
}

/** `⚠ 24 天`; nothing for what ends in more than 90 days. */
export function daysInWords(daysLeft: number | undefined, language: Language): string {
  const band = bandOf(daysLeft);
  if (daysLeft === undefined || band === "later") return "";
  if (band === "ended") return `${bandMarks.ended} ${language === "zh" ? "已到期" : "ended"}`;
  return `${bandMarks[band]} ${String(daysLeft)} ${language === "zh" ? "天" : daysLeft === 1 ? "day" : "days"}`;
}

/** The state, and beside it what somebody should see to. */
export function stateCell(row: KeyRow, language: Language): Cell {
  const zh = language === "zh";
  const marks = [
    stateInWords(row.state, language),
    ...(row.isFrozen ? [zh ? "❄ 冻结" : "❄ frozen"] : []),
    ...(row.isStandby ? [zh ? "备用" : "stand-by"] : []),
    ...(row.drift.length > 0 ? [zh ? "✖ 与登记不符" : "✖ not as recorded"] : []),
    ...[daysInWords(row.daysLeft, language)].filter((text) => text !== ""),
  ];
  const style = row.drift.length > 0 ? "red" : (bandStyles[bandOf(row.daysLeft)] ?? stateStyles[row.state]);
  return { text: marks.join("  "), style };
}

/** Where a key is, in words; a key that can be taken out says so. */
export function placeInWords(row: KeyRow, language: Language, isSandbox = false): string {
  const place =
    row.place === undefined
      ? { zh: "不在设备中", en: "not in the device" }[language]
      : row.place.startsWith(softwarePlace)
        ? softwareWords(language, isSandbox)
        : row.place;
  if (row.isExtractable !== true) return place;
  return language === "zh" ? `${place}（可导出！）` : `${place} (extractable!)`;
}

/** How a store of encrypted files names itself, with its folder; that is for `keys show`. */
const softwarePlace = "encrypted files in ";

function softwareWords(language: Language, isSandbox: boolean): string {
  const words = { zh: ["软件", "软件（沙箱）"], en: ["software", "software (sandbox)"] } as const;
  return words[language][isSandbox ? 1 : 0];
}

/** `印章：云岭市行政审批局`: what it is, and whose, where it is somebody's. */
export function ownedTitle(title: string): { readonly what: string; readonly unit: string } {
  const [, what, unit] = /^([^：:]+)(?:：|: )(.+)$/.exec(title) ?? [];
  return what === undefined || unit === undefined ? { what: title, unit: "—" } : { what, unit };
}

/** What ends first comes first; what does not end, last; then by service and purpose as they were told. */
export function byUrgency(rows: readonly KeyRow[]): readonly KeyRow[] {
  const urgency = (row: KeyRow): number =>
    row.drift.length > 0 ? -Infinity : (row.daysLeft ?? Number.MAX_SAFE_INTEGER);
  return rows.toSorted((one, other) => {
    const [a, b] = [urgency(one), urgency(other)];
    return a === b ? 0 : a - b;
  });
}

/** Keys as a table. */
export function renderKeyTable(
  rows: readonly KeyRow[],
  { language, hasColour }: Pick<Terminal, "language" | "hasColour">,
  isSandbox = false,
): string {
  return renderTable(
    headings[language],
    byUrgency(rows).map((row): Cell[] => [
      row.purpose,
      ownedTitle(row.title[language]).what,
      ownedTitle(row.title[language]).unit,
      `v${String(row.version)}`,
      row.algorithm,
      placeInWords(row, language, isSandbox),
      row.expiresAt === undefined ? "—" : localDay(row.expiresAt),
      stateCell(row, language),
    ]),
    { hasColour },
  );
}

/** The columns of the CSV, by names that stay. */
const csvColumns: readonly (readonly [string, (row: KeyRow) => string])[] = [
  ["service", (row) => row.service],
  ["purpose", (row) => row.purpose],
  ["title_zh", (row) => row.title.zh],
  ["title_en", (row) => row.title.en],
  ["version", (row) => String(row.version)],
  ["state", (row) => row.state],
  ["algorithm", (row) => row.algorithm],
  ["key_id", (row) => row.keyId],
  ["place", (row) => row.place ?? ""],
  ["made_inside", (row) => String(row.madeInside ?? "")],
  ["is_extractable", (row) => String(row.isExtractable ?? "")],
  ["is_standby", (row) => String(row.isStandby)],
  ["is_frozen", (row) => String(row.isFrozen)],
  ["expires_at", (row) => row.expiresAt ?? ""],
  ["days_left", (row) => String(row.daysLeft ?? "")],
  ["signatures", (row) => String(row.signatures)],
  ["usage_limit", (row) => String(row.usageLimit ?? "")],
  ["last_used_at", (row) => row.lastUsedAt ?? ""],
  ["restore_tested_days_ago", (row) => String(row.restoreTestedDaysAgo ?? "")],
  ["due", (row) => row.due.map(({ kind }) => kind).join(" ")],
  ["drift", (row) => row.drift.map(({ kind }) => kind).join(" ")],
];

/** Keys as CSV, for a spreadsheet or an assessment. */
export function renderKeyCsv(rows: readonly KeyRow[]): string {
  return renderCsv(
    csvColumns.map(([name]) => name),
    rows.map((row) => csvColumns.map(([, value]) => value(row))),
  );
}
