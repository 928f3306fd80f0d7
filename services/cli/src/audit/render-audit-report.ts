import type { AuditBadEvent, AuditBadReason, AuditFinding, AuditReport } from "@yinxin/service-kit/audit";

import { coloured, printable } from "../terminal/index.ts";
import type { Bilingual, Language, Terminal } from "../terminal/index.ts";
import { detailInChinese } from "./detail-in-chinese.ts";
import type { VerifiedLog } from "./verify-service-log.ts";

const both = (zh: string, en: string): Bilingual => ({ zh, en });

const badWords: Record<AuditBadReason, Bilingual> = {
  changed: both("被改动", "it was changed"),
  missing: both("被删除", "it is gone"),
  moved: both("被移动", "it was moved"),
  added: both("是后来加入的", "it was put in"),
  cut: both("从此处起被截断", "from here on the end was cut off"),
  "rolled-back": both("从此处起数据库是旧的", "from here on the database is an older one"),
};

const findingWords: Record<AuditFinding["code"], Bilingual> = {
  "checkpoint-not-trusted": both(
    "检查点不是可信密钥签的",
    "the checkpoint is not signed by a key that is believed",
  ),
  "never-signed": both("没有检查点，事件无人签名", "there is no checkpoint: nobody signed these events"),
  "never-witnessed": both("没有见证人联署", "no witness cosigned"),
  "folder-damaged": both("审计日志文件夹受损", "the folder of the log is damaged"),
  "key-count-differs": both("密钥使用次数与事件不符", "keys were counted otherwise than events say"),
  "key-state-differs": both("密钥状态与事件不符", "keys are in states that events do not say"),
  "search-index-differs": both("索引与事件不符", "the index is not that of the events"),
  "epoch-not-approved": both("新纪元未经安全员批准", "officers did not approve that this epoch began"),
  "former-chain-broken": both("旧审计链在转入时已断", "the former chain did not hold when it was taken over"),
};

/** What came of one log, for a person: the answer first, then how far it is proved, then what is wrong. */
export function renderAuditReport(
  { service, report, milliseconds }: VerifiedLog,
  { language, hasColour }: Pick<Terminal, "language" | "hasColour">,
): string {
  const isZh = language === "zh";
  const { origin, events, provenEvents, witnessedEvents, firstBad, findings } = report;
  const { style, mark, words } = verdictOf(report);
  const count = (number: number): string => number.toLocaleString("en");
  const seconds = (milliseconds / 1000).toFixed(1);
  return [
    `${coloured(`${mark} ${words[language]}`, style, hasColour)}  ${service}  ${printable(origin)}`,
    isZh
      ? `  ${count(events)} 条事件 · ${count(provenEvents)} 条已由检查点证明 · ${count(witnessedEvents)} 条有见证 · ${seconds} 秒`
      : `  ${count(events)} events · ${count(provenEvents)} proved by a checkpoint · ${count(witnessedEvents)} witnessed · ${seconds} s`,
    ...(firstBad === undefined ? [] : [`  ${firstBadInWords(firstBad, language)}`]),
    ...findings.map(({ code, detail }) =>
      isZh
        ? `  · ${findingWords[code].zh}（${code}）——${printable(detailInChinese(detail))}`
        : `  · ${findingWords[code].en} (${code}) — ${printable(detail)}`,
    ),
    "",
  ].join("\n");
}

/** Whether what was signed says otherwise than the rows do; less than that only leaves the question open. */
export function isContradicted({ firstBad, findings }: AuditReport): boolean {
  return firstBad !== undefined || findings.some(({ code }) => contradictions.has(code));
}

const contradictions: ReadonlySet<AuditFinding["code"]> = new Set<AuditFinding["code"]>([
  "key-count-differs",
  "key-state-differs",
  "search-index-differs",
]);

function verdictOf(report: AuditReport) {
  if (report.isWhole) return { style: "green", mark: "✔", words: both("完整", "whole") } as const;
  return isContradicted(report)
    ? ({ style: "red", mark: "✖", words: both("不完整", "not whole") } as const)
    : ({ style: "amber", mark: "?", words: both("不能确定", "cannot be told") } as const);
}

function firstBadInWords({ index, reason, detail }: AuditBadEvent, language: Language): string {
  return language === "zh"
    ? `第一个不符的事件：${String(index)}，${badWords[reason].zh}（${reason}）——${printable(detailInChinese(detail))}`
    : `first bad event ${String(index)}: ${badWords[reason].en} (${reason}) — ${printable(detail)}`;
}

/** The same for a program. */
export function auditReportJson({ service, report, milliseconds }: VerifiedLog): unknown {
  const { origin, epoch, events, provenEvents, witnessedEvents, firstBad, findings, checkpoint, isWhole } =
    report;
  return {
    service,
    origin,
    epoch,
    isWhole,
    events,
    provenEvents,
    witnessedEvents,
    ...(firstBad === undefined ? {} : { firstBad }),
    findings,
    ...(checkpoint === undefined
      ? {}
      : {
          checkpoint: {
            ...checkpoint,
            witnesses: checkpoint.witnesses.map(({ name, at }) => ({ name, at: at.toISOString() })),
          },
        }),
    milliseconds,
  };
}
