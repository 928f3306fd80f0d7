import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

import { wordsOfShare } from "@yinxin/crypto/secret-sharing";
import type { SecretShare } from "@yinxin/crypto/secret-sharing";

import { exitCodes } from "../exit-codes.ts";
import { readSecretFile, secretPrompt } from "../keys/secret-input.ts";
import { CommandFailure, printable, UsageError } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { BackupHeader } from "./backup-format.ts";
import type { BackupWish } from "./backup-options.ts";
import { syncFolder } from "./partial-folder.ts";
import { checkPassphrase, sealShare } from "./share-files.ts";

/** By holder. */
export type Passphrases = ReadonlyMap<string, Uint8Array>;

/** Before anything is copied: nobody waits for an hour and then learns that a passphrase is too short. */
export async function gatherPassphrases(
  { sharesFolder, holders, passphraseFiles }: BackupWish,
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

/** A share that has left the program. */
export interface HandedOut {
  readonly holder: string;
  readonly index: number;
  /** Absent where the holder wrote it down. */
  readonly file?: string;
}

interface Handing {
  readonly wish: BackupWish;
  readonly passphrases: Passphrases;
  readonly terminal: Terminal;
}

/**
 * All shares in a pipe, a file or a timer's log would stand together, which opens the backup to whoever reads that.
 *
 * @throws CommandFailure `shares-not-shown` unless they go to files, or to somebody at a terminal.
 */
export function refuseOpenShares(
  { sharesFolder }: BackupWish,
  { isInteractive }: Terminal,
  isJson: boolean,
): void {
  if (sharesFolder !== undefined || (isInteractive && !isJson)) return;
  throw new CommandFailure(
    "shares-not-shown",
    {
      zh: "份额只在终端上逐份显示，不进入 JSON、管道或文件；没有做任何备份。",
      en: "Shares are shown at a terminal only, one after another, never in JSON, a pipe or a file; nothing was backed up.",
    },
    {
      exitCode: exitCodes.wrongUsage,
      next: {
        zh: "yinxin backup … --shares-dir 文件夹，每份写成以持有人口令加密的文件",
        en: "yinxin backup … --shares-dir FOLDER writes each to a file under its holder's passphrase",
      },
    },
  );
}

/** Gives each holder the share: as a file under a passphrase, or as words on the screen. */
export async function handOut(
  header: BackupHeader,
  shares: readonly SecretShare[],
  { wish, passphrases, terminal }: Handing,
): Promise<HandedOut[]> {
  const { sharesFolder, holders } = wish;
  const handed: HandedOut[] = [];
  if (sharesFolder !== undefined) await mkdir(sharesFolder, { recursive: true, mode: 0o700 });
  for (const [at, share] of shares.entries()) {
    const holder = holders[at] ?? "";
    if (sharesFolder === undefined) {
      const words = wordsOfShare(share, wish.language ?? terminal.language);
      await showWords(words, { holder, index: share.index, header }, terminal);
      handed.push({ holder, index: share.index });
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
  // Standard output may go to a file or a pipe: only standard error is known to be a terminal.
  terminal.say(
    `# ${header.id} ${String(index)}/${String(header.shares.digests.length)} ${printable(holder)}\n${rows.join("\n")}\n`,
  );
  try {
    await terminal.ask(
      {
        zh: "抄写完毕后按回车，屏幕将清空：",
        en: "Press Enter when it is written down; the screen is then cleared:",
      }[terminal.language],
    );
  } finally {
    terminal.draw?.("\u001b[2J\u001b[3J\u001b[H");
  }
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
  await syncFolder(dirname(file));
}
