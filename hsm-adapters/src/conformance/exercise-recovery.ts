import type { Signer } from "@yinxin/crypto/signer";

import type { KeyStore } from "../key-store/index.ts";
import type { ConformanceHooks } from "./conformance-options.ts";
import { failed, notApplicable, passed } from "./conformance-row.ts";
import type { Outcome } from "./conformance-row.ts";
import { cheapestSigner, noKeys, problemOfSigning } from "./exercise-signing.ts";
import { problemOfLoad, signUnderLoad } from "./sign-under-load.ts";
import type { LoadResult } from "./sign-under-load.ts";
import { codeOf, rejectionOf, sentenceOf, testMessage } from "./trial.ts";
import type { Exercise, Trial, TrialLimits } from "./trial.ts";
import { withinLimit } from "./within-limit.ts";

/** A store whose driver is in a process of its own, which may be ended at any moment. */
interface KillableKeyStore extends KeyStore {
  killHost(): void;
}

function isKillable(store: KeyStore): store is KillableKeyStore {
  return "killHost" in store && typeof store.killHost === "function";
}

export const survivesLostSessions: Exercise = {
  name: "session-lost",
  title: { en: "loses no request when sessions end under it", zh: "会话中途失效时不丢失请求" },
  run: async (trial) => {
    const { loseSession } = trial.hooks;
    if (loseSession === undefined) {
      return notApplicable("nothing here can end a session", "无法在外部中断会话");
    }
    const signer = await cheapestSigner(trial);
    if (signer === undefined) return noKeys();
    // What an earlier row left behind, such as a card that another store reset, is met before anything is taken away.
    const settled = problemOfLoad(await signInParallel(signer, trial));
    if (settled !== undefined) return failed(settled.en, settled.zh);
    const loads: LoadResult[] = [];
    let lost = 0;
    // One loss for each load, so that no request meets two: it is tried again once.
    while (loads.length < numberOfLosses) {
      const { result, isLost } = await loseOne(signer, loseSession, trial);
      loads.push(result);
      if (isLost) lost += 1;
      const problem = problemOfLoad(result);
      if (problem !== undefined) return failed(problem.en, problem.zh);
    }
    if (lost === 0) return notApplicable("there was no session to end", "没有可中断的会话");
    const counts = [String(loads.reduce((sum, { right }) => sum + right, 0)), String(lost)] as const;
    return passed(
      `${counts[0]} signatures, ${counts[1]} sessions lost`,
      `签名 ${counts[0]} 次，中断会话 ${counts[1]} 次`,
    );
  },
};

function signInParallel(signer: Signer, { limits: { parallel } }: Trial): Promise<LoadResult> {
  return signUnderLoad({
    signers: [signer],
    inFlight: Math.min(parallel, mostInFlight),
    goesOn: (asked) => asked < parallel,
  });
}

/** A load in the middle of which one session ends; it goes on until that has happened. */
async function loseOne(
  signer: Signer,
  loseSession: NonNullable<ConformanceHooks["loseSession"]>,
  { limits: { parallel, deadlineMilliseconds }, randomBytes }: Trial,
): Promise<{ readonly result: LoadResult; readonly isLost: boolean }> {
  const moment = 1 + ((randomBytes(1)[0] ?? 0) % Math.max(1, Math.floor(parallel / 2)));
  let loss: Promise<boolean> | undefined;
  let isOver = false;
  const result = await signUnderLoad({
    signers: [signer],
    inFlight: Math.min(parallel, mostInFlight),
    goesOn: (asked) => asked < parallel || (!isOver && asked < parallel * mostLoads),
    onAnswer: (answered) => {
      if (loss !== undefined || answered < moment) return;
      loss = Promise.resolve(loseSession()).finally(() => {
        isOver = true;
      });
      // Told below, when the load is over.
      loss.catch(() => undefined);
    },
  });
  const isLost = loss !== undefined && (await withinLimit(loss, deadlineMilliseconds)) === true;
  return { result, isLost };
}

const numberOfLosses = 2;
/** A hook that ends a session needs that many times the signatures at the most. */
const mostLoads = 4;
const mostInFlight = 16;

export const survivesRemoval: Exercise = {
  name: "device-removed",
  title: {
    en: "says that the device is gone, and works again when it is back",
    zh: "拔出设备有明确提示，插回后恢复",
  },
  run: async (trial) => {
    const signer = await cheapestSigner(trial);
    if (signer === undefined) return noKeys();
    const putBack = await trial.hooks.removeDevice?.();
    if (putBack === undefined) return notApplicable("nobody took the device away", "未拔出设备");
    const refusal = await rejectionOf(signer.sign({ message: testMessage("removed") }));
    await putBack();
    if (refusal === undefined) return failed("it signed while it was away", "设备拔出后仍返回签名");
    const code = codeOf(refusal.cause);
    if (code !== "device-removed" && code !== "token-not-found") {
      return failed(
        `refused by ${sentenceOf(refusal.cause)}`,
        `以其他原因拒绝：${sentenceOf(refusal.cause)}`,
      );
    }
    const started = performance.now();
    const problem = await problemUntil(signer, started + trial.limits.returnMilliseconds);
    if (problem !== undefined) return failed(`not back: ${problem}`, `未恢复：${problem}`);
    const milliseconds = Math.round(performance.now() - started);
    return passed(
      `${code}, back after ${String(milliseconds)} ms`,
      `${code}，${String(milliseconds)} 毫秒后恢复`,
    );
  },
};

const pauseMilliseconds = 100;

async function problemUntil(signer: Signer, end: number): Promise<string | undefined> {
  for (;;) {
    const problem = await problemOfSigning(signer);
    if (problem === undefined || performance.now() > end) return problem;
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}

export const survivesDeathOfDriver: Exercise = {
  name: "driver-killed",
  title: {
    en: "loses no request, and answers none twice, when the driver is killed",
    zh: "驱动进程被杀时请求不丢失、不重复应答",
  },
  run: async (trial) => {
    const { store } = trial;
    if (!isKillable(store)) {
      return notApplicable("this store has no driver host", "该密钥库没有独立驱动进程");
    }
    const signer = await cheapestSigner(trial);
    if (signer === undefined) return noKeys();
    const { parallel } = trial.limits;
    const before = (await store.health()).counters?.signatures;
    let killedAt = 0;
    const result = await signUnderLoad({
      signers: [signer],
      inFlight: parallel,
      // The load goes on until a request that was made after the death has its answer.
      goesOn: (asked) => asked < parallel * 2 || killedAt === 0,
      onAnswer: (answered) => {
        if (killedAt > 0 || answered < parallel / 2) return;
        killedAt = performance.now();
        store.killHost();
      },
    });
    const counters = (await store.health()).counters;
    const given = counters === undefined || before === undefined ? undefined : counters.signatures - before;
    return judgeDeath(result, killedAt, given, counters?.lastRecoveryMilliseconds);
  },
};

function judgeDeath(
  result: LoadResult,
  killedAt: number,
  given: number | undefined,
  measured: number | undefined,
): Outcome {
  const problem = problemOfLoad(result);
  if (problem !== undefined) return failed(problem.en, problem.zh);
  if (given !== undefined && given !== result.asked) {
    const counts = `${String(given)} / ${String(result.asked)}`;
    return failed(`signatures given out for requests: ${counts}`, `发出的签名数与请求数不符：${counts}`);
  }
  const next = result.answers
    .filter(({ askedAt }) => askedAt >= killedAt)
    .map(({ answeredAt }) => answeredAt);
  const seen = next.length === 0 ? undefined : Math.round(Math.min(...next) - killedAt);
  const recovery = seen ?? (measured === undefined ? undefined : Math.round(measured));
  const time = recovery === undefined ? "?" : String(recovery);
  return passed(
    `${String(result.right)} requests, all answered once; recovered in ${time} ms`,
    `${String(result.right)} 个请求各应答一次；${time} 毫秒恢复`,
  );
}

export const keepsItsDeadline: Exercise = {
  name: "deadline",
  title: {
    en: "keeps its deadline when the driver hangs, and works afterwards",
    zh: "驱动挂起时按期限返回，随后恢复",
  },
  run: async (trial) => {
    const { hangDriver } = trial.hooks;
    if (hangDriver === undefined)
      return notApplicable("nothing here can make the driver hang", "无法使驱动挂起");
    const signer = await cheapestSigner(trial);
    if (signer === undefined) return noKeys();
    return judgeHang(hangDriver, signer, trial.limits);
  },
};

/** A busy machine is late with its timers. */
const graceMilliseconds = 2_000;

async function judgeHang(
  hangDriver: NonNullable<ConformanceHooks["hangDriver"]>,
  signer: Signer,
  limits: TrialLimits,
): Promise<Outcome> {
  const { deadlineMilliseconds: deadline } = limits;
  const limit = deadline + Math.min(deadline * 2, graceMilliseconds);
  const release = await hangDriver();
  if (release === undefined) return notApplicable("there is no driver that could hang", "没有可挂起的驱动");
  const started = performance.now();
  const refusal = await withinLimit(rejectionOf(signer.sign({ message: testMessage("hang") })), limit);
  const milliseconds = Math.round(performance.now() - started);
  await release();
  if (refusal === "late") {
    return failed(`no answer within ${String(limit)} ms`, `${String(limit)} 毫秒内无应答`);
  }
  const word = refusal === undefined ? "signed after a restart" : codeOf(refusal.cause);
  if (refusal !== undefined && word !== "deadline-exceeded" && word !== "driver-crashed") {
    const sentence = sentenceOf(refusal.cause);
    return failed(`refused by ${sentence}`, `以其他原因拒绝：${sentence}`);
  }
  const problem = await problemUntil(signer, performance.now() + limits.returnMilliseconds);
  return problem === undefined
    ? passed(
        `${word ?? ""} after ${String(milliseconds)} ms`,
        `${String(milliseconds)} 毫秒后：${word ?? ""}`,
      )
    : failed(`not back: ${problem}`, `未恢复：${problem}`);
}
