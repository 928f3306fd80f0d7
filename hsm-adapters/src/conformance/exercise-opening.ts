import type { KeyStore, KeyUri } from "../key-store/index.ts";
import type { WrongPinHook } from "./conformance-options.ts";
import { settledCount } from "./count-open-handles.ts";
import { failed, notApplicable, passed } from "./conformance-row.ts";
import type { Bilingual, Outcome } from "./conformance-row.ts";
import { codeOf, rejectionOf, sentenceOf, testMessage } from "./trial.ts";
import type { Exercise, Trial } from "./trial.ts";

/** A handle or two may be of the runtime's own; a leak shows once an opening. */
const toleratedHandles = 4;
/** Of the row's limit: when no further opening begins. The rest is for the last one, and for asking again after growth. */
const shareOfOpenings = 0.75;
/** Growth is asked for a second time, when all that is started for later is there. */
const mostConfirmingOpenings = 10;
const shareOfConfirmation = 0.85;

export const opensAndCloses: Exercise = {
  name: "open-close",
  title: { en: "opens and closes many times without growing", zh: "多次打开、关闭而不泄漏资源" },
  run: async ({ openStore, hooks, limits: { openings, rowMilliseconds } }) => {
    const count = hooks.countHandles ?? (() => undefined);
    const started = performance.now();
    // The first opening loads what stays: libraries, workers, caches.
    await openOnce(openStore);
    const before = count();
    const opened =
      1 + (await openOften(openStore, openings - 1, started + rowMilliseconds * shareOfOpenings));
    const seconds = Math.round((performance.now() - started) / 1_000);
    const after = count();
    const times = timesOf(opened, openings, seconds);
    if (before === undefined || after === undefined) {
      return passed(`${times.en}; handles cannot be counted here`, `${times.zh}；无法统计句柄`);
    }
    const counts = `${String(before)} → ${String(after)}`;
    const isBounded = after - before <= toleratedHandles;
    const growth = isBounded
      ? undefined
      : await growthOfMore({
          openStore,
          openings,
          count,
          end: started + rowMilliseconds * shareOfConfirmation,
        });
    return growth === undefined
      ? passed(`${times.en}, handles ${counts}`, `${times.zh}，句柄 ${counts}`)
      : failed(
          `open handles grew ${counts} in ${times.en}, and then ${growth}`,
          `${times.zh}打开后句柄增长 ${counts}，再次 ${growth}`,
        );
  },
};

/** How often it was opened, and what to do if it was too slow for all. */
function timesOf(opened: number, openings: number, seconds: number): Bilingual {
  const [done, wanted, time] = [String(opened), String(openings), String(seconds)];
  return opened < openings
    ? {
        en: `${done} of ${wanted} openings in ${time} s (choose fewer by --openings)`,
        zh: `${time} 秒内打开 ${done} / ${wanted} 次（可用 --openings 减少次数）`,
      }
    : { en: `${wanted} openings`, zh: `${wanted} 次` };
}

/** @returns how often: as often as wanted, or until no time is left. */
async function openOften(openStore: Trial["openStore"], wanted: number, end: number): Promise<number> {
  let opened = 0;
  for (; opened < wanted && performance.now() < end; opened += 1) await openOnce(openStore);
  return opened;
}

/** The counts around further openings if those leak too; undefined if what grew was bounded. */
async function growthOfMore({
  openStore,
  openings,
  count,
  end,
}: {
  readonly openStore: Trial["openStore"];
  readonly openings: number;
  readonly count: () => number | undefined;
  readonly end: number;
}): Promise<string | undefined> {
  const before = await settledCount(count);
  const opened = await openOften(openStore, Math.min(openings, mostConfirmingOpenings), end);
  const after = await settledCount(count);
  const grown = (after ?? 0) - (before ?? 0);
  const isLeak = grown > toleratedHandles || (opened > 0 && grown >= opened);
  return isLeak ? `${String(before)} → ${String(after)}` : undefined;
}

async function openOnce(openStore: Trial["openStore"]): Promise<void> {
  const store = await openStore();
  try {
    await store.list();
  } finally {
    await store.close();
  }
}

/** What a store may say to a wrong PIN, and to whoever asks afterwards. */
const pinRefusals: readonly (string | undefined)[] = [
  "pin-incorrect",
  "pin-locked",
  "pin-latched",
  "passphrase-wrong",
];

export const triesWrongPinOnce: Exercise = {
  name: "wrong-pin",
  title: { en: "tries a wrong PIN once and never again", zh: "错误 PIN 只试一次，绝不重试" },
  run: async ({ hooks: { wrongPin }, keys }) => {
    if (wrongPin === undefined) {
      return notApplicable("costs a try, so only when asked to", "会消耗一次 PIN 尝试机会，须明确要求才执行");
    }
    const readBefore = wrongPin.timesRead();
    const triesBefore = await wrongPin.remainingTries?.();
    const refusals = await useWithWrongPin(wrongPin, keys.usable[0]?.uri);
    const read = wrongPin.timesRead() - readBefore;
    const triesAfter = await wrongPin.remainingTries?.();
    const bad = refusals.find((cause) => !pinRefusals.includes(codeOf(cause)));
    if (bad !== undefined)
      return failed(`refused by ${sentenceOf(bad)}`, `以其他原因拒绝：${sentenceOf(bad)}`);
    if (refusals.length === 0) return failed("a wrong PIN was accepted", "错误 PIN 被接受");
    if (read !== 1) {
      return failed(`the PIN was asked for ${String(read)} times`, `PIN 被读取 ${String(read)} 次`);
    }
    return judgeTries(triesBefore, triesAfter);
  },
};

/** Opens and signs twice; every refusal on the way. */
async function useWithWrongPin(wrongPin: WrongPinHook, uri: KeyUri | undefined): Promise<unknown[]> {
  const refusals: unknown[] = [];
  let store: KeyStore | undefined;
  try {
    store = await wrongPin.open();
    for (let attempt = 0; attempt < 2 && uri !== undefined; attempt += 1) {
      const refusal = await rejectionOf(signOnce(store, uri));
      if (refusal !== undefined) refusals.push(refusal.cause);
    }
  } catch (cause) {
    refusals.push(cause);
  } finally {
    await store?.close();
  }
  return refusals;
}

async function signOnce(store: KeyStore, uri: KeyUri): Promise<void> {
  const signer = await store.signer(uri);
  await signer.sign({ message: testMessage("wrong PIN") });
}

function judgeTries(before: number | undefined, after: number | undefined): Outcome {
  if (before === undefined || after === undefined) {
    return passed("asked for once; the device counts no tries", "PIN 只读取一次；设备不报告剩余次数");
  }
  const counts = `${String(before)} → ${String(after)}`;
  return before - after > 1
    ? failed(`it cost more than one try: ${counts}`, `消耗了多次尝试机会：${counts}`)
    : passed(`one try: ${counts}`, `只消耗一次：${counts}`);
}

export const refusesOnceClosed: Exercise = {
  name: "closed",
  title: { en: "refuses everything once it is closed", zh: "关闭后拒绝一切操作" },
  run: async ({ openStore, keys }) => {
    const store = await openStore();
    const [key] = keys.usable;
    const signer = key === undefined ? undefined : await store.signer(key.uri);
    await store.close();
    await store.close();
    const attempts = [
      store.list(),
      ...(key === undefined ? [] : [store.signer(key.uri)]),
      ...(signer === undefined ? [] : [signer.sign({ message: testMessage("closed") })]),
    ];
    const refusals = await Promise.all(attempts.map(rejectionOf));
    const wrong = refusals.filter((refusal) => codeOf(refusal?.cause) !== "key-store-closed");
    const [first] = wrong;
    if (wrong.length === 0) return passed("key-store-closed", "key-store-closed");
    return first === undefined
      ? failed("it still answered", "关闭后仍然应答")
      : failed(`refused by ${sentenceOf(first.cause)}`, `以其他原因拒绝：${sentenceOf(first.cause)}`);
  },
};

export const tellsItsHealth: Exercise = {
  name: "health",
  title: { en: "says what it is, and that it is ready", zh: "能报告设备信息与就绪状态" },
  run: async ({ store }) => {
    const { state, device, counters } = await store.health();
    if (state !== "ready" && state !== "degraded") return failed(`it says ${state}`, `状态为 ${state}`);
    if (device.trim() === "") return failed("it does not say what it is", "未说明设备");
    const signatures = counters === undefined ? "" : `, ${String(counters.signatures)} signatures`;
    return passed(`${state}: ${device}${signatures}`, `${state}：${device}`);
  },
};
