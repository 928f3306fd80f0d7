import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { pemOfDer } from "@yinxin/crypto/bytes";
import { SecretSharingError, splitSecret, wordsOfShare } from "@yinxin/crypto/secret-sharing";
import type { SecretShare } from "@yinxin/crypto/secret-sharing";

import { passphraseOfSecret } from "../backup/shared-passphrase.ts";
import { exitCodes } from "../exit-codes.ts";
import { keysCommand } from "../keys/keys-command.ts";
import { makeOfficerKey } from "../keys/make-officer-key.ts";
import type { MadeOfficerKey } from "../keys/make-officer-key.ts";
import { CommandFailure, describeUsage, noWords, parseOptions, UsageError } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";

const defaultLabel = "break-glass";
/** An AES-256 key's worth; written in hexadecimal it is the passphrase of the sealed key file. */
const secretBytes = 32;

const options = {
  folder: {
    type: "string",
    value: "FOLDER",
    help: { zh: "封存密钥的文件夹（空）", en: "where the sealed key is kept; a folder of its own" },
  },
  label: { type: "string", value: "LABEL", help: { zh: "缺省 break-glass", en: "break-glass if absent" } },
  shares: { type: "string", value: "N", help: { zh: "份额数，2–16", en: "how many shares, 2 to 16" } },
  threshold: { type: "string", value: "M", help: { zh: "开封所需份额数", en: "how many of them open it" } },
  "shares-dir": {
    type: "string",
    value: "FOLDER",
    help: {
      zh: "每份写成一个文件（share-1.txt …，0400），随即分交各人并删除",
      en: "each share to a file (share-1.txt …, mode 0400); hand them out and delete them",
    },
  },
  words: { type: "string", value: "en|zh", help: { zh: "词语的语言", en: "the language of the words" } },
  request: {
    type: "string",
    value: "FILE",
    help: {
      zh: "证书请求的去处；与 --sandbox-root 同用时为证书",
      en: "where the request for its certificate goes; with --sandbox-root the certificate",
    },
  },
  sandbox: { type: "boolean", help: { zh: "仅供测试", en: "for tests" } },
  "sandbox-root": {
    type: "string",
    value: "LABEL",
    help: {
      zh: "沙箱：同一文件夹中的根签发证书",
      en: "in a sandbox: a root in the same folder issues the certificate",
    },
  },
  "dry-run": { type: "boolean", help: { zh: "只检查", en: "check the options, and do nothing" } },
} as const satisfies OptionTable;

/** `yinxin officers break-glass` */
export const breakGlassCommand = keysCommand(
  describeUsage({
    lines: ["officers break-glass --folder FOLDER --shares N --threshold M --shares-dir DIR --request FILE"],
    examples: [
      "officers break-glass --folder /media/sealed --shares 5 --threshold 3 --shares-dir /media/shares --request break-glass.csr",
      "officers break-glass --folder sealed --shares 3 --threshold 2 --shares-dir shares --request break-glass.csr --dry-run",
    ],
    about: {
      zh: "生成封存的应急密钥：加密密钥文件的口令是随机数，只以份额存在，任意 M 份可以开封（yinxin break-glass … --share-file）。证书签发后写入策略：首份策略用 officers genesis --break-glass，其后用 officers replace break-glass。",
      en: "Makes the sealed emergency key: an encrypted key file whose passphrase is random and exists only as shares; any M of them open it\n(yinxin break-glass … --share-file). Its certificate goes into the first officer policy (officers genesis --break-glass) or a later one\n(officers replace break-glass).",
    },
    options,
  }),
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
    const { folder, "shares-dir": sharesFolder, request: target, label = defaultLabel } = values;
    if (folder === undefined || sharesFolder === undefined || target === undefined)
      throw new UsageError("Give --folder, --shares, --threshold, --shares-dir and --request.");
    if (values["sandbox-root"] !== undefined && values.sandbox !== true)
      throw new UsageError("--sandbox-root is for sandboxes: add --sandbox.");
    const language = readLanguage(values.words, terminal.language);
    const secret = terminal.randomBytes(secretBytes);
    const shares = split(secret, values, terminal.randomBytes);
    if (values["dry-run"] === true) {
      terminal.say(`would make a key ${label} in ${folder}, sealed under ${String(shares.length)} shares`);
      return exitCodes.done;
    }
    // The shares first: a key that nobody can open is worth nothing.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(sharesFolder, { recursive: true, mode: 0o700 });
    const files = await writeShares(shares, sharesFolder, language);
    const made = await makeOfficerKey(
      { store: `file:${resolve(folder)}`, sandbox: values.sandbox },
      { label, algorithm: "ES256", name: label, sandboxRoot: values["sandbox-root"] },
      terminal,
      { read: () => Promise.resolve(passphraseOfSecret(secret)) },
    );
    secret.fill(0);
    await writeFile(target, pemOf(made), { flag: "wx" });
    for (const file of files) terminal.print(`${file}\n`);
    terminal.say(
      terminal.language === "zh"
        ? `✔ 已封存：${folder}；把各份交给不同的人，然后删除这些文件。`
        : `✔ sealed: ${folder}; hand each share to another person, then delete the files.`,
    );
    return exitCodes.done;
  },
);

function pemOf({ certificate, request }: MadeOfficerKey): string {
  return certificate === undefined
    ? pemOfDer(request, "CERTIFICATE REQUEST")
    : pemOfDer(certificate, "CERTIFICATE");
}

function split(
  secret: Uint8Array,
  { shares, threshold }: { readonly shares?: string | undefined; readonly threshold?: string | undefined },
  randomBytes: (length: number) => Uint8Array,
): readonly SecretShare[] {
  const number = (text: string | undefined): number => (/^\d{1,2}$/.test(text ?? "") ? Number(text) : 0);
  try {
    const request = { secret, threshold: number(threshold), count: number(shares) };
    return splitSecret(request, randomBytes).shares;
  } catch (cause) {
    if (!(cause instanceof SecretSharingError)) throw cause;
    throw new UsageError(`--shares and --threshold: ${cause.message}`, { cause });
  }
}

async function writeShares(
  shares: readonly SecretShare[],
  folder: string,
  language: "en" | "zh",
): Promise<readonly string[]> {
  const files = shares.map(({ index }) => join(folder, `share-${String(index)}.txt`));
  for (const [at, share] of shares.entries()) {
    const file = files[at] ?? "";
    try {
      await writeFile(file, `${wordsOfShare(share, language).join(" ")}\n`, { flag: "wx", mode: 0o400 });
    } catch (cause) {
      throw new CommandFailure(
        "share-not-written",
        { zh: `无法写入 ${file}；没有生成密钥。`, en: `${file} cannot be written; no key was made.` },
        { cause },
      );
    }
  }
  return files;
}

function readLanguage(text: string | undefined, fallback: "en" | "zh"): "en" | "zh" {
  if (text === undefined) return fallback;
  if (text === "en" || text === "zh") return text;
  throw new UsageError(`--words ${text}: write en or zh.`);
}
