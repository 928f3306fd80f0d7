import { bytesOfHex } from "@yinxin/crypto/bytes";
import { combineShares } from "@yinxin/crypto/secret-sharing";
import type { SecretShare } from "@yinxin/crypto/secret-sharing";

import { readSecretFile } from "../keys/secret-input.ts";
import { readWhole } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";
import type { BackupHeader } from "./backup-format.ts";
import { readShareText, shareFailure, shareFileBytesMax, shareOfWords } from "./share-files.ts";

export interface ShareSources {
  /** Files: encrypted ones, or words. */
  readonly files: readonly string[];
  /** `HOLDER=FILE` */
  readonly passphraseFiles: readonly string[];
  /** Asks a holder; undefined where nobody can be asked. */
  readonly askPassphrase: (holder: string) => Promise<Uint8Array> | undefined;
}

/**
 * The data key of a backup from the shares of its holders; words that are missing are asked for, one holder after another.
 *
 * @throws CommandFailure `shares-unusable`, `share-passphrase-wrong`; FileError
 */
export async function gatherKey(
  header: BackupHeader,
  sources: ShareSources,
  terminal: Terminal,
): Promise<Uint8Array> {
  const shares: SecretShare[] = [];
  for (const file of sources.files) shares.push(await shareIn(file, sources));
  const { threshold } = header.shares;
  while (shares.length < threshold && terminal.isInteractive) {
    const question = {
      zh: `第 ${String(shares.length + 1)}/${String(threshold)} 份的词（一行）：`,
      en: `Words of share ${String(shares.length + 1)} of ${String(threshold)}, on one line:`,
    }[terminal.language];
    const typed = await terminal.ask(question);
    if (typed.trim() === "") break;
    shares.push(shareOfWords(typed, String(shares.length + 1)));
  }
  try {
    return combineShares(shares, {
      setId: header.shares.set_id,
      threshold,
      shareDigests: header.shares.digests.map(bytesOfHex),
    });
  } catch (cause) {
    throw shareFailure(cause);
  }
}

async function shareIn(file: string, { passphraseFiles, askPassphrase }: ShareSources): Promise<SecretShare> {
  const text = readShareText(await readWhole(file, shareFileBytesMax), file);
  if (text.kind === "words") return text.share;
  const named = passphraseFiles.find((each) => each.startsWith(`${text.holder}=`));
  if (named !== undefined) return text.open(await readSecretFile(named.slice(text.holder.length + 1)));
  const passphrase = await askPassphrase(text.holder);
  if (passphrase !== undefined) return text.open(passphrase);
  const { holder } = text;
  throw backupFailure("shares-unusable", {
    zh: `没有 ${holder} 的口令，请用 --share-passphrase-file ${holder}=FILE`,
    en: `there is no passphrase: --share-passphrase-file ${holder}=FILE`,
  });
}
