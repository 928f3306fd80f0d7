import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";

import type {
  CryptokiProbe,
  FamilyProbe,
  FieldNotTested,
  MechanismProbe,
  ProbeMessage,
  ProbeProblem,
  ProfileProbe,
  SlotProbe,
  TokenProbe,
} from "./probe-report.ts";

/** Whether a value, which a stranger's library may have written into the descriptor of the probe's answers, is what it should be. */
export type Check<Value> = (value: unknown) => value is Value;

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";

function isOneOf<Choice extends string>(...choices: readonly Choice[]): Check<Choice> {
  return (value): value is Choice => choices.some((choice) => choice === value);
}

function isListOf<Item>(isItem: Check<Item>): Check<readonly Item[]> {
  return (value): value is readonly Item[] => Array.isArray(value) && value.every(isItem);
}

function isOptional<Value>(isRight: Check<Value>): Check<Value | undefined> {
  return (value): value is Value | undefined => value === undefined || isRight(value);
}

/** An object with these members, each as it should be; what else it has is of no account. */
function isObjectOf<Value extends object>(members: {
  readonly [Name in keyof Value]-?: Check<Value[Name]>;
}): Check<Value> {
  const checks = Object.entries<Check<unknown>>(members);
  return (value): value is Value =>
    typeof value === "object" &&
    value !== null &&
    checks.every(([name, isRight]) => isRight((value as Record<string, unknown>)[name]));
}

const isProblem = isObjectOf<ProbeProblem>({
  code: isText,
  message: isText,
  step: isOptional(isText),
  signal: isOptional(isText),
  vendor: isOptional(isText),
  profileField: isOptional(isText),
});

const isMechanism = isObjectOf<MechanismProbe>({
  number: isText,
  name: isOptional(isText),
  minimumKeySize: isNumber,
  maximumKeySize: isNumber,
  can: isListOf(isOneOf("sign", "verify", "generate", "decrypt", "derive")),
});

const isToken = isObjectOf<TokenProbe>({
  label: isText,
  serial: isText,
  manufacturer: isText,
  model: isText,
  firmware: isText,
  isInitialized: isFlag,
  needsPin: isFlag,
  hasPinPad: isFlag,
  isPinLocked: isFlag,
  isLastTry: isFlag,
  maximumSessions: isOptional(isNumber),
  mechanisms: isListOf(isMechanism),
  signs: isListOf(isOneOf(...signatureAlgorithmNames)),
  profile: isOptional(isText),
});

const isSlot = isObjectOf<SlotProbe>({
  description: isText,
  token: isOptional(isToken),
  problem: isOptional(isProblem),
});

export const isCryptokiProbe: Check<CryptokiProbe> = isObjectOf<CryptokiProbe>({
  cryptokiVersion: isText,
  manufacturer: isText,
  description: isText,
  libraryVersion: isText,
  slots: isListOf(isSlot),
});

export const areFamilies: Check<readonly FamilyProbe[]> = isListOf(
  isObjectOf<FamilyProbe>({
    family: isOneOf("pkcs11", "sdf", "skf"),
    present: isNumber,
    missing: isListOf(isText),
  }),
);

/** What a probe of one profile finds out beside its name. */
export type Fitting = Omit<ProfileProbe, "profile" | "family">;

export const isFitting: Check<Fitting> = isObjectOf<Fitting>({
  result: isOneOf("fits", "untested", "does-not-fit", "malformed", "no-device", "crashed", "hung", "failed"),
  tested: isListOf(isText),
  notTested: isOptional(
    isListOf(
      isObjectOf<FieldNotTested>({
        field: isText,
        call: isText,
        answer: isOptional(isText),
        check: isText,
      }),
    ),
  ),
  problem: isOptional(isProblem),
  device: isOptional(
    isObjectOf<NonNullable<ProfileProbe["device"]>>({
      manufacturer: isText,
      model: isText,
      serial: isText,
      firmware: isText,
    }),
  ),
});

/** Undefined for a line that is none of ours. */
export function messageIn(line: string): ProbeMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { step, problem, answer } = value as Record<string, unknown>;
  if (isText(step)) return { step };
  if (isProblem(problem)) return { problem };
  return answer === undefined ? undefined : { answer };
}
