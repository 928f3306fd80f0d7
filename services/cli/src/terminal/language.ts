export type Language = "zh" | "en";

/** The same words for both readers. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** Chinese where the locale of the terminal says so (POSIX order of the variables), English elsewhere. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const locale = ["LC_ALL", "LC_MESSAGES", "LANG"].map((name) => environment[name]).find(Boolean);
  return locale?.toLowerCase().startsWith("zh") === true ? "zh" : "en";
}
