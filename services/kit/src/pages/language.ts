import { languageOf, languages } from "../problems/index.ts";
import type { Language } from "../problems/index.ts";

/** BCP 47 tags for `<html lang>`, which screen readers take their voice from. */
export const languageTags = { zh: "zh-CN", en: "en" } as const satisfies Record<Language, string>;

/** The name of each language in itself: who does not read this page must still find the way out of it. */
export const languageNames = { zh: "中文", en: "English" } as const satisfies Record<Language, string>;

export interface LanguageWishes {
  /** `?lang=` of the address: the person has just chosen. */
  readonly query?: unknown;
  /** What the person chose before. */
  readonly cookie?: string | undefined;
  /** The browser's header (RFC 9110 §12.5.4). */
  readonly acceptLanguage?: string | undefined;
}

/** The language to answer in: a choice in the address wins over one remembered, and that over the browser's wish. */
export function chooseLanguage({ query, cookie, acceptLanguage }: LanguageWishes): Language {
  return asLanguage(query) ?? asLanguage(cookie) ?? languageOf(acceptLanguage);
}

/** The value as a language, or nothing. */
export function asLanguage(value: unknown): Language | undefined {
  return languages.find((language) => language === value);
}
