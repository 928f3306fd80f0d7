import type { Signer } from "@yinxin/crypto/signer";

import type { KeyStoreHealth } from "../key-store/index.ts";
import { failed, passed } from "./conformance-row.ts";
import type { Outcome } from "./conformance-row.ts";
import { settledCount } from "./count-open-handles.ts";
import { noKeys } from "./exercise-signing.ts";
import { problemOfLoad, signUnderLoad } from "./sign-under-load.ts";
import type { LoadResult } from "./sign-under-load.ts";
import type { Exercise } from "./trial.ts";

/** The runtime opens a few of its own when work begins. */
const toleratedHandles = 4;
const inFlight = 8;
/** Before the first count: pools are filled and caches warm. */
const mostWarmUpSignatures = 32;
/** A leak shows in every part of the time; a session or a driver host that is opened for later shows once. */
const parts = 4;
/** Of each part, however slow the device: a leak of one handle a signature is then more than is tolerated. */
const leastSignatures = 2;
/** Growth is asked for a second time, when all that is started for later is there. */
const mostConfirmationMilliseconds = 4_000;

export const soaks: Exercise = {
  name: "soak",
  title: { en: "signs for long without growing", zh: "长时间签名不泄漏资源" },
  run: async ({ store, keys, hooks, limits: { soakMilliseconds, parallel } }) => {
    if (keys.usable.length === 0) return noKeys();
    const signers = await Promise.all(keys.usable.map(({ uri }) => store.signer(uri)));
    const count = hooks.countHandles ?? (() => undefined);
    const first = Math.min(mostWarmUpSignatures, parallel * 4);
    const warmUp = await signUnderLoad({ signers, inFlight, goesOn: (asked) => asked < first });
    const round = await soak(signers, soakMilliseconds, count);
    const again = isRising(round.handles) ? await soakSettled(signers, soakMilliseconds, count) : undefined;
    const { sessions } = await store.health();
    const problem = [warmUp, ...round.loads, ...(again?.loads ?? [])].map(problemOfLoad).find(Boolean);
    if (problem !== undefined) return failed(problem.en, problem.zh);
    return problemOfSessions(sessions) ?? judgeGrowth(round, again);
  },
};

interface Soak {
  readonly loads: readonly LoadResult[];
  /** Before the first part and after each. */
  readonly handles: readonly (number | undefined)[];
  readonly milliseconds: number;
}

async function soak(
  signers: readonly Signer[],
  milliseconds: number,
  count: () => number | undefined,
): Promise<Soak> {
  const started = performance.now();
  const handles = [count()];
  const loads: LoadResult[] = [];
  while (loads.length < parts) {
    const end = started + (milliseconds * (loads.length + 1)) / parts;
    const goesOn = (asked: number): boolean => asked < leastSignatures || performance.now() < end;
    loads.push(await signUnderLoad({ signers, inFlight, goesOn }));
    handles.push(count());
  }
  return { loads, handles, milliseconds: performance.now() - started };
}

async function soakSettled(
  signers: readonly Signer[],
  milliseconds: number,
  count: () => number | undefined,
): Promise<Soak> {
  await settledCount(count);
  return soak(signers, Math.min(milliseconds, mostConfirmationMilliseconds), count);
}

/** More after each part than before it, and more in all than the runtime's own. */
function isRising(handles: Soak["handles"]): boolean {
  const steps = handles.slice(1).map((after, at) => (after ?? 0) - (handles[at] ?? 0));
  return steps.every((step) => step > 0) && steps.reduce((sum, step) => sum + step, 0) > toleratedHandles;
}

/** Once nothing is asked for, no session is busy. */
function problemOfSessions(sessions: KeyStoreHealth["sessions"]): Outcome | undefined {
  if (sessions === undefined || (sessions.open <= sessions.limit && sessions.busy === 0)) return undefined;
  const counts = `${String(sessions.busy)} / ${String(sessions.open)} / ${String(sessions.limit)}`;
  return failed(`sessions busy / open / limit when idle: ${counts}`, `空闲时会话 占用/打开/上限：${counts}`);
}

function judgeGrowth({ loads, handles, milliseconds }: Soak, again: Soak | undefined): Outcome {
  const seen = [...handles, ...(again?.handles ?? [])].map((count) => String(count ?? "?"));
  if (again !== undefined && isRising(again.handles)) {
    return failed(`open handles grew ${seen.join(" → ")}`, `句柄增长 ${seen.join(" → ")}`);
  }
  const right = loads.reduce((sum, load) => sum + load.right, 0);
  const counts = [String(right), String(Math.round((right * 1000) / Math.max(milliseconds, 1)))] as const;
  const ends = `${seen[0] ?? "?"} → ${seen.at(-1) ?? "?"}`;
  return passed(
    `${counts[0]} signatures, ${counts[1]}/s, handles ${ends}`,
    `签名 ${counts[0]} 次，每秒 ${counts[1]} 次，句柄 ${ends}`,
  );
}
