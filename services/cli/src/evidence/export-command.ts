import { writeFile } from "node:fs/promises";

import { evidenceQuerySchema, isWholeRange, verifyEvidence } from "@yinxin/service-kit/evidence";
import type { EvidenceQuery } from "@yinxin/service-kit/evidence";

import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { officerCommand, serviceOption } from "../officer/index.ts";
import { CommandFailure, noWords, readTime, renderJson, UsageError } from "../terminal/index.ts";
import { collectEvidence } from "./collect-evidence.ts";
import { evidenceReportJson, renderEvidenceReport } from "./render-evidence-report.ts";
import { signPackage } from "./sign-package.ts";

const text = (zh: string, en: string) => ({ type: "string", value: "TEXT", help: { zh, en } }) as const;
const time = (zh: string, en: string) => ({ type: "string", value: "TIME", help: { zh, en } }) as const;

export const command = officerCommand({
  role: "auditor",
  lines: [
    "evidence export --from TIME [--to TIME] --output FILE",
    "evidence export --change CHANGE | --purpose PURPOSE | --compromise PLAN --output FILE",
  ],
  examples: [
    "evidence export --from 2026-11-01T00:00:00+08:00 --to 2026-12-01T00:00:00+08:00 -o november.zip",
    "evidence export --change chg_018f3a52c0de4b1c9a7e55aa -o rotate.zip --as 赵平",
  ],
  about: {
    zh: "从各服务收集事件及其全部证明，由您的密钥签署清单，写成一个文件。对方只凭信任文件即可离线核对。",
    en: "Collects events with all that proves them from every service, signs the manifest with your key, and writes one file. Whoever has\nthe trust file can verify it without any service.",
  },
  options: {
    from: time("从这个时间起（也可写 7d）", "events from this time on, or a span back like 7d"),
    to: time("到这个时间为止", "events before this time"),
    change: { ...text("一项变更及其计划", "a change, with the plans that it made"), value: "CHANGE" },
    purpose: { ...text("一个密钥用途", "everything about a purpose"), value: "PURPOSE" },
    compromise: {
      ...text("一次泄露处置，连同该密钥的全部使用", "a compromise, with every use of its key"),
      value: "PLAN",
    },
    actor: text("由谁操作", "what somebody did"),
    subject: text("对什么操作", "what was done to something"),
    request: text("一次请求中的事件", "what happened in one request"),
    output: {
      type: "string",
      short: "o",
      value: "FILE",
      help: { zh: "写入的文件，不覆盖已有文件", en: "the file to write; none is overwritten" },
    },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const { output } = values;
    if (output === undefined) throw new UsageError("Name the file to write: --output FILE.");
    const query = queryOf(values, terminal.now());
    const opened = await session();
    const collected = await collectEvidence(opened.services(values.service), query);
    const trust = await opened.trust();
    const bytes = await signPackage(collected, query, { session: opened, trust, at: terminal.now() });
    const report = verifyEvidence(bytes, trust, terminal.now());
    await writeNew(output, bytes);
    terminal.say(terminal.language === "zh" ? `已写入 ${output}` : `written to ${output}`);
    terminal.print(
      isJson
        ? renderJson([evidenceReportJson(output, report)])
        : renderEvidenceReport(output, report, terminal),
    );
    return exitCodeOf([report.verdict]);
  },
});

interface QueryValues {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly change?: string | undefined;
  readonly purpose?: string | undefined;
  readonly compromise?: string | undefined;
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly request?: string | undefined;
}

const whatToSay = "Say what: --from, --change, --purpose, --compromise, --actor, --subject or --request.";

function queryOf(values: QueryValues, now: Date): EvidenceQuery {
  const { from, to, change, purpose, compromise: plan, actor, subject, request: request_id } = values;
  const asked = {
    since: from === undefined ? undefined : readTime("--from", from, now).toISOString(),
    until: to === undefined ? undefined : readTime("--to", to, now).toISOString(),
    ...{ change, purpose, plan, actor, subject, request_id },
  };
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const { data: query, error } = evidenceQuerySchema.safeParse(given);
  if (query === undefined) {
    const name = error.issues[0]?.path.join(".") ?? "";
    throw new UsageError(`--${optionOf(name)}: this is none; see yinxin evidence export --help.`);
  }
  if (isWholeRange(query) && query.since === undefined)
    throw new UsageError(
      to === undefined ? whatToSay : `--to alone would be the whole log up to then: add --from. ${whatToSay}`,
    );
  return query;
}

function optionOf(member: string): string {
  const others: Readonly<Record<string, string>> = { plan: "compromise", request_id: "request" };
  return others[member] ?? member;
}

/** Evidence is never written over: the file may be the only one. */
async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    const isThere = cause.code === "EEXIST";
    throw new CommandFailure(
      isThere ? "file-exists" : "file-not-written",
      isThere
        ? { zh: `${file} 已存在，未覆盖。`, en: `${file} is there already; nothing was written.` }
        : {
            zh: `无法写入 ${file}（${String(cause.code)}）。`,
            en: `${file} cannot be written (${String(cause.code)}).`,
          },
      { cause, exitCode: isThere ? exitCodes.conflict : exitCodes.failed },
    );
  }
}
