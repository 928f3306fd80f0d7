import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { Bilingual } from "../terminal/index.ts";

interface Row {
  readonly zh: string;
  readonly en: string;
  readonly exitCode: number;
  readonly next: Bilingual;
}

/** Each way in which a backup or a restore ends without success, and what to do then. */
const rows = {
  "backup-malformed": {
    zh: "这不是完好的备份文件",
    en: "This is no whole backup file",
    exitCode: exitCodes.invalid,
    next: { zh: "换用另一份备份副本。", en: "Take another copy of the backup." },
  },
  "backup-changed": {
    zh: "备份被改动、截断，或密钥份额属于另一份备份",
    en: "The backup was changed or cut, or the shares are of another one",
    exitCode: exitCodes.invalid,
    next: { zh: "换用另一份备份副本。", en: "Take another copy of the backup." },
  },
  "already-under-way": {
    zh: "另一个进程正在写",
    en: "Another process is writing it",
    exitCode: exitCodes.conflict,
    next: {
      zh: "等它结束；若没有这样的进程，删除该文件夹后再运行一次。",
      en: "Wait until it has ended; if there is no such process, remove that folder and run it again.",
    },
  },
  "target-exists": {
    zh: "目标已存在",
    en: "There is something already at the target",
    exitCode: exitCodes.conflict,
    next: { zh: "换一个名称。", en: "Choose another name." },
  },
  "source-missing": {
    zh: "有内容无法备份",
    en: "Something cannot be backed up",
    exitCode: exitCodes.failed,
    next: { zh: "核对部署文件中的路径。", en: "Check the paths in the deployment file." },
  },
  "database-not-copied": {
    zh: "数据库中有不会备份的对象",
    en: "The database holds something that a backup would lose",
    exitCode: exitCodes.failed,
    next: {
      zh: "把服务的模式中不属于服务的对象（视图、函数、触发器）移出，再运行一次。",
      en: "Move what is not the service's (views, functions, triggers) out of its schema, and run it again.",
    },
  },
  "database-not-empty": {
    zh: "目标数据库模式不是空的",
    en: "The schema in the database is not empty",
    exitCode: exitCodes.conflict,
    next: {
      zh: "另建一个空的数据库，把其地址写入 --database-file 的文件。",
      en: "Make a new database, and put its address into the file of --database-file.",
    },
  },
  "database-in-use": {
    zh: "另一个恢复正在使用同一个数据库模式",
    en: "Another restore is at work on the same schema of the database",
    exitCode: exitCodes.conflict,
    next: { zh: "等它结束，再运行一次。", en: "Wait until it has ended, and run it again." },
  },
  "database-address-wrong": {
    zh: "数据库地址有误",
    en: "The address of the database is wrong",
    exitCode: exitCodes.wrongUsage,
    next: {
      zh: "写成 postgres://用户@主机:5432/数据库；备份时看部署文件，恢复时看 --database-file 所指的文件。",
      en: "Write postgres://USER@HOST:5432/NAME: in the deployment file for a backup, in the file of --database-file for a restore.",
    },
  },
  "database-refused": {
    zh: "数据库服务器没有应答或拒绝了操作",
    en: "The database server did not answer, or refused",
    exitCode: exitCodes.unreachable,
    next: {
      zh: "核对数据库是否在运行、地址、用户与权限，再运行一次。",
      en: "See that it runs, and its address, user and rights; then run it again.",
    },
  },
  "shares-unusable": {
    zh: "密钥份额不可用",
    en: "The shares cannot be used",
    exitCode: exitCodes.notAllowed,
    next: {
      zh: "份额不够就再加 --share-file FILE（yinxin backup show 列出持有人）；否则核对所指出的份额。",
      en: "If there are too few, add --share-file FILE (yinxin backup show names the holders); else look at the share that is named.",
    },
  },
  "share-passphrase-wrong": {
    zh: "份额的口令不对",
    en: "The passphrase of the share is wrong",
    exitCode: exitCodes.notAllowed,
    next: { zh: "由份额持有人重新输入。", en: "Let its holder type it again." },
  },
  "passphrase-weak": {
    zh: "口令太短",
    en: "The passphrase is too short",
    exitCode: exitCodes.notAllowed,
    next: {
      zh: "口令至少 20 个字符（约 80 位熵），可用随机词组。",
      en: "Take 20 characters or more, some 80 bits: a row of random words will do.",
    },
  },
} as const satisfies Record<string, Row>;

export type BackupFailureCode = keyof typeof rows;

/** @param detail which one, or why; a path or a name is the same in both languages. It names no secret. */
export function backupFailure(
  code: BackupFailureCode,
  detail: Bilingual | string,
  cause?: unknown,
): CommandFailure {
  const { zh, en, exitCode, next } = rows[code];
  const why = typeof detail === "string" ? { zh: detail, en: detail } : detail;
  return new CommandFailure(
    code,
    { zh: `${zh}：${why.zh}`, en: `${en}: ${why.en}` },
    { exitCode, next, cause },
  );
}
