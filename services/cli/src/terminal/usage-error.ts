import type { Bilingual } from "./language.ts";

/** The command line was not understood; the words are for the person who typed it. */
export class UsageError extends Error {
  readonly words: Bilingual;

  /** @param words in both languages, or in English where the option that is wrong says it all. */
  constructor(words: Bilingual | string, options?: ErrorOptions) {
    super(typeof words === "string" ? words : words.en, options);
    this.name = "UsageError";
    this.words = typeof words === "string" ? { zh: words, en: words } : words;
  }
}
