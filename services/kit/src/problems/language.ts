export const languages = ["zh", "en"] as const;

/** The languages that the suite speaks. */
export type Language = (typeof languages)[number];

/** A header longer than this is not a person's list of languages. */
const headerLengthMax = 256;

/**
 * The caller's language by `Accept-Language` (RFC 9110 §12.5.4): the one with the higher weight, Chinese where neither
 * is asked for or both weigh the same and Chinese comes first.
 */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || acceptLanguage.length > headerLengthMax) return "zh";
  let best: { language: Language; weight: number } = { language: "zh", weight: 0 };
  for (const part of acceptLanguage.split(",")) {
    const [range = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const language = languages.find((name) => range === name || range.startsWith(`${name}-`));
    const weight = weightOf(parameters);
    if (language !== undefined && weight > best.weight) best = { language, weight };
  }
  return best.language;
}

function weightOf(parameters: readonly string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith("q="));
  if (quality === undefined) return 1;
  const weight = Number(quality.slice(2));
  return weight >= 0 && weight <= 1 ? weight : 0;
}
