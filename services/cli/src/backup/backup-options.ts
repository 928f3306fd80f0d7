import { UsageError } from "../terminal/index.ts";
import type { OptionTable, parseOptions } from "../terminal/index.ts";
import { backupCiphers } from "./backup-format.ts";
import type { BackupCipher } from "./backup-format.ts";

export const backupOptions = {
  deployment: {
    type: "string",
    value: "FILE",
    help: {
      zh: "部署文件：数据库、密钥与审计文件夹在哪里",
      en: "the deployment file: where databases, keys and audit folders are",
    },
  },
  service: { type: "string", value: "NAME", help: { zh: "只备份这个服务", en: "only this service" } },
  out: {
    type: "string",
    value: "FILE",
    help: { zh: "备份文件；不得已存在", en: "the backup; must not be there yet" },
  },
  shares: {
    type: "string",
    value: "N",
    help: { zh: "密钥份额数，2–16", en: "how many shares of its key, 2 to 16" },
  },
  threshold: { type: "string", value: "M", help: { zh: "恢复所需份额数", en: "how many of them open it" } },
  holder: {
    type: "string",
    multiple: true,
    value: "NAME",
    help: { zh: "份额持有人，每份一个", en: "who gets a share; once for each" },
  },
  "shares-dir": {
    type: "string",
    value: "FOLDER",
    help: {
      zh: "把每份写成以持有人口令加密的文件；否则在终端上逐份以词语显示",
      en: "write each share to a file under its holder's passphrase; else a terminal shows each as words",
    },
  },
  "share-passphrase-file": {
    type: "string",
    multiple: true,
    value: "HOLDER=FILE",
    help: {
      zh: "持有人口令文件，权限 0400；否则提示输入",
      en: "holds a holder's passphrase, mode 0400; else a prompt",
    },
  },
  words: { type: "string", value: "en|zh", help: { zh: "词语的语言", en: "the language of the words" } },
  cipher: {
    type: "string",
    value: "NAME",
    help: { zh: backupCiphers.join("、"), en: backupCiphers.join(" or ") },
  },
  "no-record": {
    type: "boolean",
    help: { zh: "不写入各服务的审计日志", en: "do not tell the services' audit logs" },
  },
  "dry-run": {
    type: "boolean",
    help: { zh: "只说明将备份什么", en: "say what would be in it, and do nothing" },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export type BackupValues = ReturnType<typeof parseOptions<typeof backupOptions>>["values"];

/** What a backup is asked for on the command line. */
export interface BackupWish {
  readonly target: string;
  readonly threshold: number;
  readonly holders: readonly string[];
  readonly cipher: BackupCipher;
  readonly sharesFolder: string | undefined;
  readonly passphraseFiles: readonly string[];
  readonly language: "en" | "zh" | undefined;
}

/** @throws UsageError, which names the option. */
export function readWish(values: BackupValues): BackupWish {
  const { out, holder: named = [], cipher = "aes-256-gcm", words } = values;
  if (out === undefined) throw new UsageError("Name the backup with --out FILE.");
  const known = backupCiphers.find((each) => each === cipher);
  if (known === undefined) throw new UsageError(`--cipher: ${backupCiphers.join(" or ")}.`);
  if (words !== undefined && words !== "en" && words !== "zh") throw new UsageError("--words: en or zh.");
  const count = wholeNumber(values.shares ?? String(named.length), {
    least: 2,
    most: 16,
    option: "--shares",
  });
  const threshold = wholeNumber(values.threshold, { least: 2, most: count, option: "--threshold" });
  return {
    target: out,
    threshold,
    holders: holdersOf(named, count),
    cipher: known,
    sharesFolder: values["shares-dir"],
    passphraseFiles: values["share-passphrase-file"] ?? [],
    language: words,
  };
}

function wholeNumber(
  text: string | undefined,
  { least, most, option }: { readonly least: number; readonly most: number; readonly option: string },
): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`${option}: ${String(least)} to ${String(most)}.`);
}

function holdersOf(named: readonly string[], count: number): readonly string[] {
  if (named.length === 0) return Array.from({ length: count }, (_, at) => `share-${String(at + 1)}`);
  if (named.length !== count) throw new UsageError("Name as many holders as there are shares.");
  if (new Set(named).size < named.length) throw new UsageError("Each holder gets one share.");
  return named;
}
