import { errorTexts } from "./error-texts.ts";
import { KeyStoreError } from "./key-store-error.ts";
import type { BothLanguages, KeyStoreErrorCode, KeyStoreErrorFacts } from "./key-store-error.ts";

/** An error in words, for the person who has to do something about it. */
export interface KeyStoreErrorDescription {
  /** What happened, with the particulars: tries left, path, the loader's words, tokens seen, the vendor's number. */
  readonly title: BothLanguages;
  /** What to do now; it names a command to type. */
  readonly nextStep: BothLanguages;
  /** Whether the same request may succeed later although nobody did anything. */
  readonly retriable: boolean;
}

/** Every code of the closed set, for tables and documentation. */
export const keyStoreErrorCodes = Object.keys(errorTexts) as readonly KeyStoreErrorCode[];

/** The longest text of a library or loader that is passed on. */
const maximumFactCharacters = 300;

/** Puts a refusal into words; never holds a secret, because no fact does. */
export function describeKeyStoreError(error: KeyStoreError): KeyStoreErrorDescription {
  const { zh, en, retriable } = errorTexts[error.code];
  const sentences = sentencesOf(error.facts);
  return {
    title: {
      zh: [zh[0], ...sentences.map((sentence) => sentence.zh)].join(""),
      en: [en[0], ...sentences.map((sentence) => sentence.en)].join(" "),
    },
    nextStep: error.nextStep ?? { zh: zh[1], en: en[1] },
    retriable,
  };
}

/** For the log of a program that cannot start: message, what it means, and the next step; undefined for any other error. */
export function explainKeyStoreError(cause: unknown): string | undefined {
  if (!(cause instanceof KeyStoreError)) return undefined;
  const { title, nextStep } = describeKeyStoreError(cause);
  return [
    `${cause.code}: ${shortened(cause.message)}`,
    `${title.zh} ${nextStep.zh}`,
    `${title.en} ${nextStep.en}`,
  ].join("\n");
}

function sentencesOf(facts: KeyStoreErrorFacts): BothLanguages[] {
  return [
    ...named("密钥", "Key", facts.uri),
    ...triesLeft(facts.remainingTries),
    ...named("库", "Library", facts.library),
    ...named("加载器的说明", "The loader said", facts.loaderSaid),
    ...listed("看到的设备", "Seen", facts.seen, { zh: "一个也没有", en: "nothing" }),
    ...listed("可用", "It can do", facts.supported, { zh: "无", en: "nothing of the kind" }),
    ...vendorNumber(facts.vendor),
    ...named("驱动进程终止于", "The driver ended by", facts.signal),
    ...named("不相符的字段", "The field that does not fit", facts.profileField),
    ...unknownOutcome(facts.outcomeUnknown),
  ];
}

function named(zh: string, en: string, value: string | undefined): BothLanguages[] {
  return value === undefined
    ? []
    : [{ zh: `${zh}：${shortened(value)}。`, en: `${en}: ${shortened(value)}.` }];
}

function listed(
  zh: string,
  en: string,
  values: readonly string[] | undefined,
  none: BothLanguages,
): BothLanguages[] {
  if (values === undefined) return [];
  if (values.length === 0) return [{ zh: `${zh}：${none.zh}。`, en: `${en}: ${none.en}.` }];
  return [{ zh: `${zh}：${shortened(values.join("、"))}。`, en: `${en}: ${shortened(values.join(", "))}.` }];
}

function triesLeft(tries: number | undefined): BothLanguages[] {
  if (tries === undefined) return [];
  const en = tries === 1 ? "1 try is left." : `${String(tries)} tries are left.`;
  return [{ zh: `还剩 ${String(tries)} 次机会。`, en }];
}

function vendorNumber(vendor: KeyStoreErrorFacts["vendor"]): BothLanguages[] {
  if (vendor === undefined) return [];
  const number = `0x${vendor.number.toString(16).padStart(8, "0")}`;
  const words = `${vendor.family} ${vendor.call} → ${number}${vendor.name === "" ? "" : ` ${vendor.name}`}`;
  return named("设备的应答", "The device answered", words);
}

function unknownOutcome(isUnknown: boolean | undefined): BothLanguages[] {
  if (isUnknown !== true) return [];
  return [
    {
      zh: "设备可能已经完成操作：请先查看密钥列表，再决定是否重做。",
      en: "The device may have done it nevertheless: look at the list of keys before you do it again.",
    },
  ];
}

/** One line, without control characters: a terminal or log must not obey what a library wrote. */
function shortened(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  return line.length > maximumFactCharacters ? `${line.slice(0, maximumFactCharacters)}…` : line;
}
