import { kitEvents } from "@yinxin/service-kit/audit";

import { localSecond, renderTable } from "../terminal/index.ts";
import type { Language, Terminal } from "../terminal/index.ts";
import type { ServiceEvent, ToldEvent } from "./event-wire.ts";

const headings = {
  zh: ["时间", "服务", "序号", "事件", "操作人", "对象", "请求", "内容"],
  en: ["TIME", "SERVICE", "INDEX", "EVENT", "ACTOR", "SUBJECT", "REQUEST", "DETAIL"],
} as const;

/** Enough to know an event by; `--json` has all of it. */
const detailCharactersMax = 80;

/** Events, a line each. */
export function renderEvents(
  events: readonly ServiceEvent[],
  { language }: Pick<Terminal, "language">,
): string {
  return renderTable(
    headings[language],
    events.map((event) => eventCells(event, language)),
  );
}

/** One event as a line without columns, for a stream. */
export function eventLine(event: ServiceEvent, language: Language): readonly string[] {
  return eventCells(event, language);
}

function eventCells(event: ServiceEvent, language: Language): readonly string[] {
  const { occurred_at, service, index, actor, on_behalf_of, subject, request_id = "", detail, key } = event;
  const text = detail === null || isEmpty(detail) ? "" : JSON.stringify(detail);
  const used = key === undefined ? "" : `${key.purpose} v${String(key.version)} `;
  return [
    localSecond(occurred_at),
    service,
    String(index),
    actionInWords(event, language),
    on_behalf_of === undefined ? actor : `${actor} → ${on_behalf_of}`,
    subject,
    request_id,
    used + (text.length > detailCharactersMax ? `${text.slice(0, detailCharactersMax)}…` : text),
  ];
}

function isEmpty(detail: unknown): boolean {
  return typeof detail === "object" && detail !== null && Object.keys(detail).length === 0;
}

function actionInWords({ action, title }: ToldEvent, language: Language): string {
  const known = Object.entries(kitEvents).find(([name]) => name === action);
  const words = title?.[language] ?? known?.[1].title[language];
  return language === "zh" && words !== undefined ? `${words} ${action}` : action;
}
