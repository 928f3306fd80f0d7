import type { KeyStore, KeyUri } from "../key-store/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { failed, notApplicable } from "./conformance-row.ts";
import type { ConformanceRow, Outcome } from "./conformance-row.ts";
import {
  forgetsDestroyedKeys,
  keepsLabels,
  keepsPrivateKeysIn,
  seesKeysMadeElsewhere,
} from "./exercise-keys.ts";
import { makesFreshKeys } from "./exercise-fresh-keys.ts";
import { opensAndCloses, refusesOnceClosed, tellsItsHealth, triesWrongPinOnce } from "./exercise-opening.ts";
import {
  keepsItsDeadline,
  survivesDeathOfDriver,
  survivesLostSessions,
  survivesRemoval,
} from "./exercise-recovery.ts";
import { exercisesOfAlgorithms, hasKeys, listsKeys, signsInParallel } from "./exercise-signing.ts";
import { soaks } from "./exercise-soak.ts";
import { MadeKeys } from "./made-keys.ts";
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
  const made = new MadeKeys();
  const open = async (): Promise<KeyStore> => made.watch(await openStore());
  let store: KeyStore | undefined;
  const started = performance.now();
  try {
    store = await open();
    let left: readonly KeyUri[] = [];
    try {
      const keys = await unlessEnded(prepareKeys(store, options), options.signal);
      if (keys !== "ended") yield* rowsOf(trialOf({ store, open, keys, made }, options), options);
    } finally {
      // One that is being made would be there after all others are gone.
      await withinLimit(made.settled(), limitsOf(options).rowMilliseconds);
      left = await destroyKeys(store, made.uris());
    }
    if (left.length > 0) yield leftBehind(store, left);
  } catch (cause) {
    yield notEvenOpened(cause, started);
  } finally {
    if (store !== undefined) await rejectionOf(store.close());
  }
}

function trialOf(
  { open, ...own }: Pick<Trial, "store" | "keys" | "made"> & { readonly open: Trial["openStore"] },
  options: ConformanceOptions,
): Trial {
  const { hooks = {}, randomBytes } = options;
  return { ...own, openStore: open, limits: limitsOf(options), hooks, randomBytes };
}

async function* rowsOf(trial: Trial, options: ConformanceOptions): AsyncGenerator<ConformanceRow, void> {
  for (const exercise of exercisesFor(trial, options)) {
    const row = await unlessEnded(rowOf(exercise, trial), options.signal);
    if (row === "ended") return;
    yield row;
  }
}

/** The value, or `ended` as soon as the kit is to end; what was begun goes on. */
async function unlessEnded<Value>(
  work: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value | "ended"> {
  if (signal === undefined) return work;
  // Its end is nobody's business then.
  work.catch(() => undefined);
  let stop: () => void = () => undefined;
  const ended = new Promise<"ended">((resolve) => {
    stop = () => {
      resolve("ended");
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([ended, work]);
  } finally {
    signal.removeEventListener("abort", stop);
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
    hasKeys,
    ...exercisesOfAlgorithms(trial, algorithms),
    signsInParallel,
    keepsPrivateKeysIn,
    keepsLabels,
    seesKeysMadeElsewhere,
    forgetsDestroyedKeys,
    makesFreshKeys,
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

/** Of a store that destroys no keys they are left because the caller wanted keys `always`; of any other by mistake. */
function leftBehind(store: KeyStore, left: readonly KeyUri[]): ConformanceRow {
  const names = left.join(" ");
  const { result, detail } =
    store.destruction === undefined
      ? notApplicable(
          `this store destroys no keys; these are left: ${names}`,
          `该密钥库不能销毁密钥，以下密钥仍在：${names}`,
        )
      : failed(`left behind: ${names}`, `未能销毁：${names}`);
  const title = { en: "destroys the test keys", zh: "销毁测试密钥" };
  return { name: "cleans-up", title, result, detail, milliseconds: 0 };
}
