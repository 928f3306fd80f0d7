import { keyStates } from "@yinxin/service-kit/key-rings";

import { localDay, renderCsv, renderTable } from "../terminal/index.ts";
import type { Cell, Language, Style, Terminal } from "../terminal/index.ts";
import { bandOf } from "./key-row.ts";
import type { ExpiryBand, KeyRow } from "./key-row.ts";

const headings = {
  zh: ["用途", "名称", "服务", "版本", "算法", "位置", "到期", "状态"],
  en: ["PURPOSE", "NAME", "SERVICE", "VERSION", "ALGORITHM", "PLACE", "ENDS", "STATE"],
} as const;

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
export function placeInWords(row: KeyRow, language: Language): string {
  const place = row.place ?? (language === "zh" ? "不在设备中" : "not in the device");
  return row.isExtractable === true ? `${place} (${language === "zh" ? "可导出！" : "extractable!"})` : place;
}

/** Keys as a table. */
export function renderKeyTable(
  rows: readonly KeyRow[],
  { language, hasColour }: Pick<Terminal, "language" | "hasColour">,
): string {
  return renderTable(
    headings[language],
    rows.map((row): Cell[] => [
      row.purpose,
      row.title[language],
      row.service,
      `v${String(row.version)}`,
      row.algorithm,
      placeInWords(row, language),
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
