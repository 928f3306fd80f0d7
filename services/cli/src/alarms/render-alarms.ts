import { localTime, renderTable } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { ServiceAlarm } from "./alarm-wire.ts";

const words = {
  zh: { critical: "紧急", warning: "警告", notice: "提示", over: "已解除" },
  en: { critical: "critical", warning: "warning", notice: "notice", over: "over" },
} as const;
const heads = {
  zh: ["级别", "服务", "告警", "对象", "发出时间", "说明"],
  en: ["SEVERITY", "SERVICE", "ALARM", "SUBJECT", "RAISED", "WHAT"],
} as const;

/** A line for each alarm; what is over says so. */
export function renderAlarms(
  alarms: readonly ServiceAlarm[],
  { language }: Pick<Terminal, "language">,
): string {
  if (alarms.length === 0) return "";
  const rows = alarms.map((alarm) => {
    const over = alarm.cleared_at === undefined ? "" : ` (${words[language].over})`;
    return [
      `${words[language][alarm.severity]}${over}`,
      alarm.service,
      alarm.title[language],
      alarm.subject,
      localTime(alarm.raised_at),
      alarm.detail[language],
    ];
  });
  return renderTable([...heads[language]], rows);
}
