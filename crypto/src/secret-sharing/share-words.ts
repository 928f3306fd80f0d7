import { concatBytes, equalBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { sharedSecretLengths, shareOverheadBytes } from "./secret-share.ts";
import type { SecretShare } from "./secret-share.ts";
import { SecretSharingError } from "./secret-sharing-error.ts";
import { bitsOfWord, bitsOfNumbers, numberOfWord, putNumber, wordsOf, wordsOfBytes } from "./word-list.ts";
import type { WordLanguage } from "./word-list.ts";

/** The form of the bytes below; another form gets another number. */
const version = 1;
const headBytes = 4;
const checksumBytes = 4;

/**
 * A share as bytes: version (4 bits), set (20), number - 1 (4), threshold - 1 (4), value, and the first 4 bytes of SHA-256 over all
 * of that, which sees slips of the pen.
 */
export function encodeShare({ setId, index, threshold, value }: SecretShare): Uint8Array {
  const head = Uint8Array.of(
    (version << 4) | (setId >>> 16),
    (setId >>> 8) & 0xff,
    setId & 0xff,
    ((index - 1) << 4) | (threshold - 1),
  );
  const body = concatBytes(head, value);
  return concatBytes(body, checksumOf(body));
}

function checksumOf(body: Uint8Array): Uint8Array {
  return digest("SHA-256", body).subarray(0, checksumBytes);
}

/** @throws SecretSharingError `share-malformed` */
export function parseShare(bytes: Uint8Array): SecretShare {
  const body = bytes.subarray(0, Math.max(0, bytes.length - checksumBytes));
  const isLength = shareLengths.includes(bytes.length);
  if (!isLength || !equalBytes(checksumOf(body), bytes.subarray(body.length)))
    throw new SecretSharingError("share-malformed", "the checksum of the share is wrong");
  const [first = 0, second = 0, third = 0, place = 0] = body;
  if (first >> 4 !== version)
    throw new SecretSharingError("share-malformed", `the share is of version ${String(first >> 4)}`);
  return {
    setId: ((first & 0x0f) << 16) | (second << 8) | third,
    index: (place >> 4) + 1,
    threshold: (place & 0x0f) + 1,
    value: body.slice(headBytes),
  };
}

const shareLengths = sharedSecretLengths.map(
  (length) => headBytes + length + shareOverheadBytes + checksumBytes,
);

/** How many words a share has, by its length in bytes: 32 for a secret of 32 bytes, 21 for one of 16. */
const lengthsByWords: ReadonlyMap<number, number> = new Map(
  shareLengths.map((length) => [Math.ceil((length * 8) / bitsOfWord), length]),
);

/** A share as words, to be printed or read aloud. */
export function wordsOfShare(share: SecretShare, language: WordLanguage): readonly string[] {
  return wordsOfBytes(encodeShare(share), language);
}

/** What is wrong with words that should be a share; `word` counts from 1. */
export interface WordProblem {
  readonly word: number;
  /** What was written. */
  readonly written: string;
  /** Words that may have been meant, the likeliest first. */
  readonly perhaps: readonly string[];
}

/** What became of written words. */
export type ShareReading =
  | { readonly share: SecretShare }
  | { readonly reason: "word-count"; readonly count: number; readonly expected: readonly number[] }
  /** Words that are in no list. */
  | { readonly reason: "unknown-words"; readonly problems: readonly WordProblem[] }
  /** All words are in the list but not the ones that were printed; `problems` holds the one exchange that would mend it, if there is one. */
  | { readonly reason: "checksum"; readonly problems: readonly WordProblem[] }
  | { readonly reason: "version" };

/** Much more than a share has; what is longer is another file. */
const longestText = 4096;

/**
 * Reads a share that somebody typed: in either language, capital letters or small, white space and numbers of the words between
 * ("1. abandon") as they like; English words may be cut after four letters, Chinese ones need no space. It never throws; where words are
 * wrong it says which, and what may have been meant.
 */
export function readShareWords(text: string): ShareReading {
  const written = splitWords(text.slice(0, longestText));
  const lengthBytes = lengthsByWords.get(written.length);
  if (lengthBytes === undefined)
    return { reason: "word-count", count: written.length, expected: [...lengthsByWords.keys()] };
  const language = languageOfWords(written);
  const read = written.map((word) => numberOfWord(word, language));
  const problems = read.flatMap((number, at) =>
    number === undefined ? [unknownWord(written[at] ?? "", at, language)] : [],
  );
  if (problems.length > 0) return { reason: "unknown-words", problems };
  return readNumbers(read.map(Number), written, { language, lengthBytes });
}

function splitWords(text: string): string[] {
  const plain = text.normalize("NFKC").toLowerCase();
  return plain.match(/\p{Script=Han}|[\p{L}\p{M}]+/gu) ?? [];
}

function languageOfWords(words: readonly string[]): WordLanguage {
  const han = words.filter((word) => /\p{Script=Han}/u.test(word));
  return han.length * 2 > words.length ? "zh" : "en";
}

function unknownWord(written: string, at: number, language: WordLanguage): WordProblem {
  // There is no telling which character was meant from its shape alone.
  return { word: at + 1, written, perhaps: language === "zh" ? [] : nearestWords(written) };
}

/** Hints are for people: three are read, ten are not. */
const mostHints = 3;
const farthestHint = 2;

function nearestWords(written: string): string[] {
  const word = written.slice(0, 12);
  return wordsOf("en")
    .filter((each) => Math.abs(each.length - word.length) <= farthestHint)
    .map((each) => ({ each, distance: editDistance(word, each) }))
    .filter(({ distance }) => distance <= farthestHint)
    .sort((left, right) => left.distance - right.distance)
    .slice(0, mostHints)
    .map(({ each }) => each);
}

/** How many letters to put in, take out or exchange (Levenshtein). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [at, letter] of Array.from(left).entries()) {
    const next = [at + 1];
    for (let column = 1; column <= right.length; column += 1) {
      const exchanged = (row[column - 1] ?? 0) + (letter === right[column - 1] ? 0 : 1);
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, exchanged));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

interface WordForm {
  readonly language: WordLanguage;
  readonly lengthBytes: number;
}

function readNumbers(numbers: readonly number[], written: readonly string[], form: WordForm): ShareReading {
  const bits = bitsOfNumbers(numbers);
  if (!isWhole(bits, form.lengthBytes))
    return { reason: "checksum", problems: mendingExchange(numbers, written, form) };
  const bytes = bits.subarray(0, form.lengthBytes);
  return (bytes[0] ?? 0) >> 4 === version ? { share: parseShare(bytes) } : { reason: "version" };
}

/** Whether the checksum is right, and the bits behind the share are zeros. */
function isWhole(bits: Uint8Array, lengthBytes: number): boolean {
  const end = lengthBytes - checksumBytes;
  const hasRest = bits.subarray(lengthBytes).some((byte) => byte !== 0);
  return !hasRest && equalBytes(checksumOf(bits.subarray(0, end)), bits.subarray(end, lengthBytes));
}

/** The one word, or the two neighbours, whose exchange makes the checksum right: some 65,000 tries against 32 bits of checksum. */
function mendingExchange(
  numbers: readonly number[],
  written: readonly string[],
  { language, lengthBytes }: WordForm,
): WordProblem[] {
  const bits = bitsOfNumbers(numbers);
  const problemAt = (at: number, number: number): WordProblem => {
    return { word: at + 1, written: written[at] ?? "", perhaps: [wordsOf(language)[number] ?? ""] };
  };
  for (const [at, one] of numbers.slice(0, -1).entries()) {
    const two = numbers[at + 1] ?? 0;
    const swapped = bitsOfNumbers(numbers.with(at, two).with(at + 1, one));
    if (isWhole(swapped, lengthBytes)) return [problemAt(at, two), problemAt(at + 1, one)];
  }
  for (const [at, number] of numbers.entries()) {
    for (let tried = 0; tried < wordsOf(language).length; tried += 1) {
      putNumber(bits, at, tried);
      if (isWhole(bits, lengthBytes)) return [problemAt(at, tried)];
    }
    putNumber(bits, at, number);
  }
  return [];
}
