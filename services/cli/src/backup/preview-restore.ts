import { stat } from "node:fs/promises";

import { exitCodes } from "../exit-codes.ts";
import { readWhole, renderFacts, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";
import type { BackupHeader } from "./backup-format.ts";
import { readSources } from "./backup-sources.ts";
import { refuseTarget } from "./restore-backup.ts";
import type { RestoreValues } from "./restore-options.ts";
import { recordFileOf } from "./restore-record.ts";
import { openBackup } from "./sealed-file.ts";
import { readShareText, shareFileBytesMax } from "./share-files.ts";

interface NamedShare {
  readonly file: string;
  readonly index: number;
  readonly holder?: string;
}

/**
 * Says what a restore would do, from the open part of the backup and of the shares: no passphrase is asked for, and nothing is written.
 *
 * @throws CommandFailure `target-exists`, `shares-unusable` for a share of another backup; FileError
 */
export async function previewRestore(
  file: string,
  values: RestoreValues,
  terminal: Terminal,
): Promise<number> {
  await refuseTarget(values.out);
  const backup = await openBackup(file);
  await backup.close();
  const { header } = backup;
  const shares: NamedShare[] = [];
  for (const each of values["share-file"] ?? []) shares.push(await namedShare(each, header));
  const servers = values["database-file"] ?? [];
  for (const each of servers) await stat(each.replace(/^[a-z][a-z0-9_-]*=/, ""));
  const plan = {
    backup: header.id,
    madeAt: header.made_at,
    deployment: header.deployment,
    services: header.services,
    cipher: header.cipher,
    threshold: header.shares.threshold,
    shares,
    missing: Math.max(0, header.shares.threshold - new Set(shares.map(({ index }) => index)).size),
    target: values.out ?? `${file}.restore-test.partial`,
    isKept: values.out !== undefined,
    record: values.out === undefined ? recordFileOf(file) : undefined,
    auditLogs: await logsToTell(values, header, terminal),
  };
  if (values.json === true) terminal.print(renderJson({ dryRun: true, ...plan }));
  else terminal.print(renderFacts(factsOf(plan, terminal)));
  return exitCodes.done;
}

async function namedShare(file: string, header: BackupHeader): Promise<NamedShare> {
  const text = readShareText(await readWhole(file, shareFileBytesMax), file);
  const found = text.kind === "words" ? text.share : text;
  if (found.setId !== header.shares.set_id)
    throw backupFailure("shares-unusable", {
      zh: `${file} 不是这份备份的份额`,
      en: `${file} is a share of another backup`,
    });
  return {
    file,
    index: found.index,
    ...(text.kind === "encrypted" ? { holder: text.holder } : {}),
  };
}

async function logsToTell(
  { deployment }: RestoreValues,
  header: BackupHeader,
  terminal: Terminal,
): Promise<string[]> {
  if (deployment === undefined) return [];
  const { services } = await readSources(deployment, undefined, terminal);
  return services.map(({ name }) => name).filter((name) => header.services.includes(name));
}

interface Plan {
  readonly backup: string;
  readonly madeAt: string;
  readonly deployment: string;
  readonly services: readonly string[];
  readonly threshold: number;
  readonly shares: readonly NamedShare[];
  readonly missing: number;
  readonly target: string;
  readonly isKept: boolean;
  readonly record: string | undefined;
  readonly auditLogs: readonly string[];
}

const words = {
  zh: {
    comma: "、",
    none: "无",
    backup: "备份",
    services: "服务",
    shares: "份额",
    counts: (needed: number, named: string, missing: number) =>
      `需要 ${String(needed)} 份；已指明：${named}；还缺 ${String(missing)} 份`,
    kept: "将恢复到",
    removed: "将解密到，检查后删除",
    record: "将写入记录",
    logs: "将告知审计日志",
  },
  en: {
    comma: ", ",
    none: "none",
    backup: "backup",
    services: "services",
    shares: "shares",
    counts: (needed: number, named: string, missing: number) =>
      `${String(needed)} needed; named: ${named}; missing: ${String(missing)}`,
    kept: "would restore into",
    removed: "would decrypt, test and remove",
    record: "would write",
    logs: "would tell the audit logs of",
  },
} as const;

function factsOf(plan: Plan, { language }: Terminal): [string, string][] {
  const said = words[language];
  const list = (names: readonly string[]): string => names.join(said.comma) || said.none;
  const named = plan.shares.map(({ index, holder, file }) => `${String(index)} ${holder ?? file}`);
  const rows: [string, string][] = [
    [said.backup, `${plan.backup}  ${plan.madeAt}  ${plan.deployment}`],
    [said.services, list(plan.services)],
    [said.shares, said.counts(plan.threshold, list(named), plan.missing)],
    [plan.isKept ? said.kept : said.removed, plan.target],
  ];
  if (plan.record !== undefined) rows.push([said.record, plan.record]);
  if (plan.auditLogs.length > 0) rows.push([said.logs, list(plan.auditLogs)]);
  return rows;
}
