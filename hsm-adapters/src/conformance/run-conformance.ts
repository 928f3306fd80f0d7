import type { KeyStore } from "../key-store/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { failed } from "./conformance-row.ts";
import type { ConformanceRow, Outcome } from "./conformance-row.ts";
import {
  forgetsDestroyedKeys,
  keepsLabels,
  keepsPrivateKeysIn,
  seesKeysMadeElsewhere,
} from "./exercise-keys.ts";
import { opensAndCloses, refusesOnceClosed, tellsItsHealth, triesWrongPinOnce } from "./exercise-opening.ts";
import {
  keepsItsDeadline,
  survivesDeathOfDriver,
  survivesLostSessions,
  survivesRemoval,
} from "./exercise-recovery.ts";
import { exercisesOfAlgorithms, listsKeys, signsInParallel } from "./exercise-signing.ts";
import { soaks } from "./exercise-soak.ts";
import { destroyKeys, prepareKeys } from "./prepare-keys.ts";
import { rejectionOf, sentenceOf } from "./trial.ts";
import type { Exercise, Trial, TrialLimits } from "./trial.ts";
import { withinLimit } from "./within-limit.ts";

/**
 * Puts a store through every promise and gives each row as soon as it is known. Never rejects because of the store: what it
 * does wrong is a row. Test keys are destroyed at the end, as far as the store can; what is left is a last row.
 *
 * @param openStore opens the same device again at each call; PINs are its business.
 */
export async function* runConformance(
  openStore: () => Promise<KeyStore>,
  options: ConformanceOptions,
): AsyncGenerator<ConformanceRow, void> {
  const limits = limitsOf(options);
  let store: KeyStore | undefined;
  const started = performance.now();
  try {
    store = await openStore();
    const keys = await prepareKeys(store, options);
    const trial: Trial = {
      openStore,
      store,
      keys,
      limits,
      hooks: options.hooks ?? {},
      randomBytes: options.randomBytes,
    };
    let left: readonly string[] = [];
    try {
      for (const exercise of exercisesFor(trial, options)) yield await rowOf(exercise, trial);
    } finally {
      left = await destroyKeys(store, keys.made);
    }
    // A store without destruction keeps them because the caller wanted keys `always`; any other was to destroy them.
    if (left.length > 0 && store.destruction !== undefined) yield leftBehind(left);
  } catch (cause) {
    yield notEvenOpened(cause, started);
  } finally {
    if (store !== undefined) await rejectionOf(store.close());
  }
}

function limitsOf(options: ConformanceOptions): TrialLimits {
  const { openings = 100, parallel = 64, soakMilliseconds = 2_000, deadlineMilliseconds = 10_000 } = options;
  // A card needs a second to be powered and read, and is looked for once a second or two.
  const { returnMilliseconds = 15_000, rowLimitMilliseconds: rowMilliseconds = 120_000 + soakMilliseconds } =
    options;
  return { openings, parallel, soakMilliseconds, deadlineMilliseconds, returnMilliseconds, rowMilliseconds };
}

/** Gentle first; what disturbs the device or costs a try comes last. */
function exercisesFor(trial: Trial, { algorithms }: ConformanceOptions): Exercise[] {
  return [
    opensAndCloses,
    listsKeys,
    ...exercisesOfAlgorithms(trial, algorithms),
    signsInParallel,
    keepsPrivateKeysIn,
    keepsLabels,
    seesKeysMadeElsewhere,
    forgetsDestroyedKeys,
    refusesOnceClosed,
    survivesLostSessions,
    survivesDeathOfDriver,
    keepsItsDeadline,
    survivesRemoval,
    soaks,
    tellsItsHealth,
    triesWrongPinOnce,
  ];
}

async function rowOf(exercise: Exercise, trial: Trial): Promise<ConformanceRow> {
  const started = performance.now();
  const { result, detail } = await outcomeOf(exercise, trial);
  const milliseconds = Math.round(performance.now() - started);
  return { name: exercise.name, title: exercise.title, result, detail, milliseconds };
}

async function outcomeOf(exercise: Exercise, trial: Trial): Promise<Outcome> {
  const limit = trial.limits.rowMilliseconds;
  try {
    const outcome = await withinLimit(exercise.run(trial), limit);
    if (outcome !== "late") return outcome;
    return failed(`no end within ${String(limit)} ms`, `${String(limit)} 毫秒内未结束`);
  } catch (cause) {
    const sentence = sentenceOf(cause);
    return failed(sentence, sentence);
  }
}

function notEvenOpened(cause: unknown, started: number): ConformanceRow {
  const sentence = sentenceOf(cause);
  return {
    name: "opens",
    title: { en: "opens, and has keys or makes them", zh: "能够打开，并有密钥或能生成密钥" },
    result: "failed",
    detail: { en: sentence, zh: sentence },
    milliseconds: Math.round(performance.now() - started),
  };
}

function leftBehind(left: readonly string[]): ConformanceRow {
  const names = left.join(" ");
  return {
    name: "cleans-up",
    title: { en: "destroys the test keys", zh: "销毁测试密钥" },
    result: "failed",
    detail: { en: `left behind: ${names}`, zh: `未能销毁：${names}` },
    milliseconds: 0,
  };
}
