import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

import { SecretSharingError } from "@yinxin/crypto/secret-sharing";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  createProgress,
  describeUsage,
  noWords,
  parseOptions,
  printable,
  UsageError,
} from "../terminal/index.ts";
import type { Language, Terminal } from "../terminal/index.ts";
import type { BackupHeader } from "./backup-format.ts";
import { backupOptions, readWish } from "./backup-options.ts";
import { reportBackup } from "./backup-report.ts";
import { readSources } from "./backup-sources.ts";
import type { BackupSources } from "./backup-sources.ts";
import { gatherPassphrases, handOut, refuseOpenShares } from "./hand-out-shares.ts";
import type { HandedOut } from "./hand-out-shares.ts";
import { makeBackup } from "./make-backup.ts";
import type { BackupStep } from "./make-backup.ts";
import { previewBackup } from "./preview-backup.ts";
import { recordBackupEvent } from "./record-events.ts";

/** `yinxin backup` */
export const command: Command = {
  usage: describeUsage({
    lines: ["backup --out FILE --shares N --threshold M [options]"],
    examples: [
      "backup --deployment /etc/yinxin/deployment.json --out /mnt/backup/2026-11-22.yxb --shares 5 --threshold 3",
      "backup --out today.yxb --shares 3 --threshold 2 --holder 李强 --holder 王蕾 --holder 赵敏 --shares-dir shares",
    ],
    about: {
      zh: "备份正在运行的部署：数据库、加密的密钥文件、审计文件夹与配置，全部加密；密钥拆成若干份。备份只有经过恢复演练才算数。",
      en: "Backs up a deployment while it works: databases, encrypted key files, audit folders, configuration, all of it encrypted under a key\nthat exists only as shares. A backup counts once it has been restored: yinxin restore FILE --verify-only",
    },
    options: backupOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, backupOptions);
    noWords(positionals);
    const wish = readWish(values);
    const sources = await readSources(values.deployment, values.service, terminal);
    const isJson = values.json === true;
    if (values["dry-run"] === true) return previewBackup(sources, terminal, isJson);
    refuseOpenShares(wish, terminal, isJson);
    const handedOut: HandedOut[] = [];
    const passphrases = await gatherPassphrases(wish, terminal);
    const progress = createProgress(terminal, sources.services.length * 3 + 4);
    const made = await makeBackup(
      { sources, ...wish },
      {
        now: terminal.now,
        randomBytes: terminal.randomBytes,
        processId: process.pid,
        onStep: (step, done) => {
          progress.at(done, stepInWords(step, terminal.language));
        },
        handOut: async (header, shares) => {
          handedOut.push(...(await handOut(header, shares, { wish, passphrases, terminal })));
        },
      },
    ).catch((cause: unknown) => {
      throw cause instanceof SecretSharingError ? new UsageError(cause.message, { cause }) : cause;
    });
    progress.end();
    const digest = await digestOf(wish.target);
    const recorded = values["no-record"] === true ? [] : await record(sources, made.header, digest, terminal);
    reportBackup({ ...made, sources, target: wish.target, digest, recorded, handedOut }, terminal, isJson);
    return exitCodes.done;
  },
};

const stepWords = {
  database: "数据库",
  keys: "密钥",
  audit: "审计文件夹",
  configuration: "配置",
  seal: "加密",
  shares: "份额",
  publish: "定名",
  done: "完成",
} as const;

/** `database seal`; in Chinese the same. */
function stepInWords(step: BackupStep, language: Language): string {
  if (language === "en") return step;
  const [name = "", ...service] = step.split(" ");
  const known = Object.entries(stepWords).find(([each]) => each === name);
  return [known?.[1] ?? name, ...service].join(" ");
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) hash.update(chunk);
  return `sha-256:${hash.digest("hex")}`;
}

/** A log that cannot be told does not unmake the backup. */
async function record(
  { services }: BackupSources,
  header: BackupHeader,
  digest: string,
  terminal: Terminal,
): Promise<string[]> {
  const recorded: string[] = [];
  for (const service of services) {
    try {
      const at = new Date(header.made_at);
      if (await recordBackupEvent(service, { kind: "made", backup: header.id, digest, at }, terminal))
        recorded.push(service.name);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : "";
      terminal.say(
        printable(
          terminal.language === "zh"
            ? `yinxin：${service.name}：审计日志没有收到 backup.made`
            : `yinxin: ${service.name}: its audit log was not told of backup.made: ${why}`,
        ),
      );
    }
  }
  return recorded;
}
