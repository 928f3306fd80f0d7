/** The same sentence for both readers. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

export type ConformanceResult = "passed" | "failed" | "not-applicable";

/** What became of one promise of the key store. */
export interface ConformanceRow {
  /** Stable, kebab-case; rows of one algorithm end with `:ALGORITHM`. */
  readonly name: string;
  readonly title: Bilingual;
  readonly result: ConformanceResult;
  /** What was seen: numbers if it passed, what went wrong if it failed, why it was not tried if it is not applicable. */
  readonly detail: Bilingual;
  readonly milliseconds: number;
}

/** What an exercise says of itself. */
export interface Outcome {
  readonly result: ConformanceResult;
  readonly detail: Bilingual;
}

export function passed(en: string, zh: string): Outcome {
  return { result: "passed", detail: { en, zh } };
}

export function failed(en: string, zh: string): Outcome {
  return { result: "failed", detail: { en, zh } };
}

export function notApplicable(en: string, zh: string): Outcome {
  return { result: "not-applicable", detail: { en, zh } };
}
