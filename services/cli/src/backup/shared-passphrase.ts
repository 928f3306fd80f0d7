import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { combineShares } from "@yinxin/crypto/secret-sharing";
import type { SecretShare } from "@yinxin/crypto/secret-sharing";

import type { PinSource } from "../keys/secret-input.ts";
import { readWhole } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";
import { readShareText, shareFailure, shareFileBytesMax, shareOfWords } from "./share-files.ts";

/** The passphrase of a sealed key file: its secret in hexadecimal. */
export function passphraseOfSecret(secret: Uint8Array): Uint8Array {
  return utf8Of(hexOf(secret));
}

/**
 * The passphrase that shares give back: from files of words, and what is missing asked for, one holder after another.
 *
 * Reading it throws CommandFailure `shares-unusable`; FileError.
 */
export function sharedPassphrase(files: readonly string[], terminal: Terminal): PinSource {
  return {
    read: async () => {
      const shares: SecretShare[] = [];
      for (const file of files) {
        const text = readShareText(await readWhole(file, shareFileBytesMax), file);
        if (text.kind !== "words")
          throw backupFailure("shares-unusable", {
            zh: `${file} 是备份的份额，不是封存密钥的`,
            en: `${file} is a share of a backup, not of a sealed key`,
          });
        shares.push(text.share);
      }
      const threshold = shares[0]?.threshold ?? 0;
      while (shares.length < threshold && terminal.isInteractive) {
        const place = `${String(shares.length + 1)}/${String(threshold)}`;
        const question = { zh: `第 ${place} 份的词（一行）：`, en: `Words of share ${place}, on one line:` };
        const typed = await terminal.ask(question[terminal.language]);
        if (typed.trim() === "") break;
        shares.push(shareOfWords(typed, place));
      }
      try {
        const secret = combineShares(shares);
        const passphrase = passphraseOfSecret(secret);
        secret.fill(0);
        return passphrase;
      } catch (cause) {
        throw shareFailure(cause);
      }
    },
  };
}
