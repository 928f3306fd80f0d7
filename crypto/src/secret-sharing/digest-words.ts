import { bitsOfWord, wordsOfBytes } from "./word-list.ts";
import type { WordLanguage } from "./word-list.ts";

/**
 * The beginning of a digest as words that people compare by reading them aloud: 11 bits each, so 4 words are 44 bits. That is
 * enough against a mix-up and against a forger who has minutes, not against one who has months: what is signed is the whole digest.
 *
 * @throws RangeError if the digest is shorter than the words.
 */
export function wordsOfDigest(
  digest: Uint8Array,
  language: WordLanguage = "en",
  count = 4,
): readonly string[] {
  if (digest.length * 8 < count * bitsOfWord)
    throw new RangeError("the digest is too short for so many words");
  return wordsOfBytes(digest, language).slice(0, count);
}
