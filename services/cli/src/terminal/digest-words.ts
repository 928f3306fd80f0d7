import { bytesOfHex } from "@yinxin/crypto/bytes";
import { wordsOfDigest } from "@yinxin/crypto/secret-sharing";

/**
 * The beginning of a digest as words to be compared aloud, in both languages whoever reads: two officers at terminals of different
 * languages have the same line before them.
 *
 * @param digest `sm3:…`
 * @param count how many words of each language
 */
export function digestWords(digest: string, count = 4): string {
  const octets = bytesOfHex(digest.replace(/^sm3:/, ""));
  return [wordsOfDigest(octets, "en", count), wordsOfDigest(octets, "zh", count)]
    .map((words) => words.join(" "))
    .join(" · ");
}
