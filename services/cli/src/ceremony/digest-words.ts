import { bytesOfHex } from "@yinxin/crypto/bytes";
import { wordsOfDigest } from "@yinxin/crypto/secret-sharing";

import type { Language } from "../terminal/index.ts";

/** Words that people read aloud: 88 bits of 256, which nobody finds a second transcript for. */
const words = 8;

/** A transcript's digest, `sm3:…`, as words. */
export function digestInWords(digest: string, language: Language): string {
  return wordsOfDigest(bytesOfHex(digest.slice("sm3:".length)), language, words).join(" ");
}

/** The same in both languages, a line each: whoever compares may sit at a terminal of the other language. */
export function wordsInBoth(digest: string): string {
  return `${digestInWords(digest, "en")}\n${digestInWords(digest, "zh")}`;
}
