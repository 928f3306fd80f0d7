import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, stat } from "node:fs/promises";
import { join } from "node:path";

import { SecretSharingError, wordsOfShare } from "@yinxin/crypto/secret-sharing";
import type { SecretShare } from "@yinxin/crypto/secret-sharing";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { readSecretFile, secretPrompt } from "../keys/secret-input.ts";
import {
  createProgress,
  describeUsage,
  noWords,
  parseOptions,
  printable,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable, Terminal } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";
import { backupCiphers } from "./backup-format.ts";
import type { BackupCipher, BackupHeader, BackupManifest } from "./backup-format.ts";
import { readSources } from "./backup-sources.ts";
import type { BackupSources } from "./backup-sources.ts";
import { makeBackup } from "./make-backup.ts";
import { syncFolder } from "./partial-folder.ts";
import { recordBackupEvent } from "./record-events.ts";
import { checkPassphrase, sealShare } from "./share-files.ts";

const options = {
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
      zh: "把每份写成以持有人口令加密的文件；否则在标准输出以词语列出",
      en: "write each share to a file under its holder's passphrase; else they are printed as words",
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
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
    const request = readRequest(values);
    const sources = await readSources(values.deployment, values.service, terminal);
    const isJson = values.json === true;
    if (values["dry-run"] === true) return sayPlan(sources, terminal, isJson);
    // In a pipe or a timer's log all shares would stand together, which opens the backup to whoever reads it.
    if (request.sharesFolder === undefined && !terminal.isInteractive && !isJson) {
      throw new UsageError(
        "--shares-dir says where the shares go; without it they are shown on a terminal only.",
      );
    }
    const handedOut: HandedOut[] = [];
    const passphrases = await gatherPassphrases(request, terminal);
    const progress = createProgress(terminal, sources.services.length * 3 + 4);
    const made = await makeBackup(
      { sources, ...request },
      {
        now: terminal.now,
        randomBytes: terminal.randomBytes,
        processId: process.pid,
        onStep: (step, done) => {
          progress.at(done, step);
        },
        handOut: async (header, shares) => {
          handedOut.push(...(await handOut(header, shares, { request, passphrases, terminal, isJson })));
        },
      },
    ).catch((cause: unknown) => {
      throw cause instanceof SecretSharingError ? new UsageError(cause.message, { cause }) : cause;
    });
    progress.end();
    const digest = await digestOf(request.target);
    const recorded = values["no-record"] === true ? [] : await record(sources, made.header, digest, terminal);
    report({ ...made, target: request.target, digest, recorded, handedOut }, terminal, isJson);
    return exitCodes.done;
  },
};

interface Request {
  readonly target: string;
  readonly threshold: number;
  readonly holders: readonly string[];
  readonly cipher: BackupCipher;
  readonly sharesFolder: string | undefined;
  readonly passphraseFiles: readonly string[];
  readonly language: "en" | "zh" | undefined;
}

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

/** @throws UsageError, which names the option. */
function readRequest(values: Values): Request {
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

type Passphrases = ReadonlyMap<string, Uint8Array>;

/** Before anything is copied: nobody waits for an hour and then learns that a passphrase is too short. */
async function gatherPassphrases(
  { sharesFolder, holders, passphraseFiles }: Request,
  terminal: Terminal,
): Promise<Passphrases> {
  const found = new Map<string, Uint8Array>();
  if (sharesFolder === undefined) return found;
  const ask = secretPrompt(terminal);
  for (const holder of holders) {
    const named = passphraseFiles.find((each) => each.startsWith(`${holder}=`));
    const question = { zh: `${holder} 的口令：`, en: `Passphrase of ${holder}:` }[terminal.language];
    if (named === undefined && ask === undefined)
      throw new UsageError(`There is no passphrase for ${holder}: --share-passphrase-file ${holder}=FILE.`);
    const passphrase =
      named === undefined ? await ask?.(question) : await readSecretFile(named.slice(holder.length + 1));
    checkPassphrase(passphrase ?? new Uint8Array());
    found.set(holder, passphrase ?? new Uint8Array());
  }
  return found;
}

interface HandedOut {
  readonly holder: string;
  readonly index: number;
  readonly file?: string;
  readonly words?: readonly string[];
}

interface Handing {
  readonly request: Request;
  readonly passphrases: Passphrases;
  readonly terminal: Terminal;
  readonly isJson: boolean;
}

async function handOut(
  header: BackupHeader,
  shares: readonly SecretShare[],
  { request, passphrases, terminal, isJson }: Handing,
): Promise<HandedOut[]> {
  const { sharesFolder, holders } = request;
  const handed: HandedOut[] = [];
  if (sharesFolder !== undefined) await mkdir(sharesFolder, { recursive: true, mode: 0o700 });
  for (const [at, share] of shares.entries()) {
    const holder = holders[at] ?? "";
    if (sharesFolder === undefined) {
      const words = wordsOfShare(share, request.language ?? terminal.language);
      if (!isJson) await showWords(words, { holder, index: share.index, header }, terminal);
      handed.push({ holder, index: share.index, words });
    } else {
      const text = sealShare(
        share,
        { backup: header.id, holder },
        passphrases.get(holder) ?? new Uint8Array(),
        terminal.randomBytes,
      );
      const file = join(sharesFolder, `${header.id}-share-${String(share.index)}.json`);
      await writeWhole(file, text);
      handed.push({ holder, index: share.index, file });
    }
  }
  return handed;
}

/** One holder after another looks at the screen. */
async function showWords(
  words: readonly string[],
  { holder, index, header }: { holder: string; index: number; header: BackupHeader },
  terminal: Terminal,
): Promise<void> {
  const rows = Array.from({ length: Math.ceil(words.length / 8) }, (_, row) =>
    words.slice(row * 8, row * 8 + 8).join(" "),
  );
  terminal.print(
    `# ${header.id} ${String(index)}/${String(header.shares.digests.length)} ${printable(holder)}\n${rows.join("\n")}\n\n`,
  );
  if (!terminal.isInteractive) return;
  await terminal.ask(
    {
      zh: "抄写完毕后按回车，屏幕将清空：",
      en: "Press Enter when it is written down; the screen is then cleared:",
    }[terminal.language],
  );
  terminal.draw?.("\u001b[2J\u001b[3J\u001b[H");
}

async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  const handle = await open(partial, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
  await syncFolder(join(file, ".."));
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
      terminal.say(
        `yinxin: ${service.name}: backup.made: ${printable(cause instanceof Error ? cause.message : "")}`,
      );
    }
  }
  return recorded;
}

interface Report {
  readonly header: BackupHeader;
  readonly manifest: BackupManifest;
  readonly target: string;
  readonly digest: string;
  readonly recorded: readonly string[];
  readonly handedOut: readonly HandedOut[];
}

function report(
  { header, manifest, target, digest, recorded, handedOut }: Report,
  terminal: Terminal,
  isJson: boolean,
): void {
  const { hardware_keys: hardware } = manifest;
  if (isJson) {
    terminal.print(
      renderJson({
        backup: header.id,
        file: target,
        digest,
        files: manifest.files.length,
        services: manifest.services,
        hardware_keys: hardware,
        recorded,
        shares: handedOut,
      }),
    );
    return;
  }
  const zh = terminal.language === "zh";
  const next = `yinxin restore ${target} --verify-only`;
  terminal.say(
    zh
      ? `备份 ${header.id} 完成：${String(manifest.files.length)} 个文件`
      : `made backup ${header.id}: ${String(manifest.files.length)} files`,
  );
  terminal.say(digest);
  for (const key of hardware) {
    const ready =
      key.standby === undefined
        ? zh
          ? "没有备用密钥"
          : "there is no stand-by"
        : zh
          ? `备用：第 ${String(key.standby.version)} 版`
          : `stand-by: version ${String(key.standby.version)}, ${key.standby.uri}`;
    terminal.say(
      printable(
        zh
          ? `留在设备中，未备份：${key.service} ${key.purpose} 第 ${String(key.version)} 版 ${key.uri}；${ready}`
          : `stays in its device: ${key.service} ${key.purpose} version ${String(key.version)}, ${key.uri}; ${ready}`,
      ),
    );
  }
  terminal.say(zh ? `→ 经过恢复演练才算数：${next}` : `→ it counts once it has been restored: ${next}`);
}

async function sayPlan(
  { services, configuration }: BackupSources,
  terminal: Terminal,
  isJson: boolean,
): Promise<number> {
  const rows = services.map(({ name, database, keysFolder, keyPassphraseFile, auditFolder }) => ({
    name,
    ...(database === undefined ? {} : { database: database.replace(/\/\/[^@/]*@/, "//") }),
    keysFolder,
    keyPassphraseFile,
    auditFolder,
  }));
  const paths = [
    ...configuration,
    ...services.flatMap((each) => [each.keysFolder, each.keyPassphraseFile, each.auditFolder]),
  ];
  for (const path of paths) {
    if (path === undefined) continue;
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw backupFailure("source-missing", path);
  }
  if (isJson) terminal.print(renderJson({ dryRun: true, services: rows, configuration }));
  else
    for (const row of rows) terminal.print(`${Object.values(row).filter(Boolean).map(String).join("  ")}\n`);
  return exitCodes.done;
}
