import { wordlist as english } from "@scure/bip39/wordlists/english.js";
import { wordlist as simplifiedChinese } from "@scure/bip39/wordlists/simplified-chinese.js";

/** In which words bytes are written: the lists of BIP-39, 2,048 words each. */
export type WordLanguage = "en" | "zh";

/** A word stands for 11 bits. */
export const bitsOfWord = 11;

const lists: Readonly<Record<WordLanguage, readonly string[]>> = { en: english, zh: simplifiedChinese };

const numbers: Readonly<Record<WordLanguage, ReadonlyMap<string, number>>> = {
  en: numbersOf(english),
  zh: numbersOf(simplifiedChinese),
};

function numbersOf(list: readonly string[]): ReadonlyMap<string, number> {
  return new Map(list.map((word, number) => [word, number]));
}

/** All words of a list, in their order. */
export function wordsOf(language: WordLanguage): readonly string[] {
  return lists[language];
}

/** The word's place in its list; the first four letters of an English one are enough (BIP-39). */
export function numberOfWord(word: string, language: WordLanguage): number | undefined {
  const whole = numbers[language].get(word);
  if (whole !== undefined || language === "zh" || word.length !== 4) return whole;
  const at = lists.en.findIndex((each) => each.startsWith(word));
  return at < 0 ? undefined : at;
}

/** Bytes as words of 11 bits, the last one filled up with zeros. */
export function wordsOfBytes(bytes: Uint8Array, language: WordLanguage): string[] {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,11}/g) ?? [];
  return groups.map((group) => lists[language][Number.parseInt(group.padEnd(bitsOfWord, "0"), 2)] ?? "");
}

/** Puts 11 bits where the word at `at` has them. */
export function putNumber(bytes: Uint8Array, at: number, value: number): void {
  const first = at * bitsOfWord;
  for (let bit = 0; bit < bitsOfWord; bit += 1) {
    const place = first + bit;
    const mask = 0x80 >> (place & 7);
    const isSet = (value >> (bitsOfWord - 1 - bit)) & 1;
    const byte = bytes[place >> 3] ?? 0;
    bytes[place >> 3] = isSet === 1 ? byte | mask : byte & ~mask;
  }
}

/** The bits of numbers of words, filled up with zeros to whole bytes. */
export function bitsOfNumbers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((values.length * bitsOfWord) / 8));
  for (const [at, value] of values.entries()) putNumber(bytes, at, value);
  return bytes;
}
