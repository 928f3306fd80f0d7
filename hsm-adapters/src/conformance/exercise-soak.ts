import type { KeyStoreHealth } from "../key-store/index.ts";
import { failed, passed } from "./conformance-row.ts";
import type { Outcome } from "./conformance-row.ts";
import { noKeys } from "./exercise-signing.ts";
import { problemOfLoad, signUnderLoad } from "./sign-under-load.ts";
import type { Exercise } from "./trial.ts";

/** The runtime opens a few of its own when work begins. */
const toleratedHandles = 4;
const inFlight = 8;
/** Before the first count: pools are filled and caches warm. */
const mostWarmUpSignatures = 32;

export const soaks: Exercise = {
  name: "soak",
  title: { en: "signs for long without growing", zh: "长时间签名不泄漏资源" },
  run: async ({ store, keys, hooks, limits: { soakMilliseconds, parallel } }) => {
    if (keys.usable.length === 0) return noKeys();
    const signers = await Promise.all(keys.usable.map(({ uri }) => store.signer(uri)));
    const count = hooks.countHandles ?? (() => undefined);
    const first = Math.min(mostWarmUpSignatures, parallel * 4);
    const warmUp = await signUnderLoad({ signers, inFlight, goesOn: (asked) => asked < first });
    const handlesBefore = count();
    const end = performance.now() + soakMilliseconds;
    const result = await signUnderLoad({ signers, inFlight, goesOn: () => performance.now() < end });
    const handlesAfter = count();
    const { sessions } = await store.health();
    const problem = problemOfLoad(warmUp) ?? problemOfLoad(result);
    if (problem !== undefined) return failed(problem.en, problem.zh);
    const growth = { before: handlesBefore, after: handlesAfter };
    const rate = (result.right * 1000) / Math.max(soakMilliseconds, 1);
    return problemOfSessions(sessions) ?? judgeGrowth(growth, result.right, rate);
  },
};

/** Once nothing is asked for, no session is busy. */
function problemOfSessions(sessions: KeyStoreHealth["sessions"]): Outcome | undefined {
  if (sessions === undefined || (sessions.open <= sessions.limit && sessions.busy === 0)) return undefined;
  const counts = `${String(sessions.busy)} / ${String(sessions.open)} / ${String(sessions.limit)}`;
  return failed(`sessions busy / open / limit when idle: ${counts}`, `空闲时会话 占用/打开/上限：${counts}`);
}

function judgeGrowth(
  { before, after }: { readonly before: number | undefined; readonly after: number | undefined },
  signatures: number,
  rate: number,
): Outcome {
  const handles = `${String(before ?? "?")} → ${String(after ?? "?")}`;
  if (before !== undefined && after !== undefined && after - before > toleratedHandles) {
    return failed(`open handles grew ${handles}`, `句柄增长 ${handles}`);
  }
  const counts = [String(signatures), String(Math.round(rate))] as const;
  return passed(
    `${counts[0]} signatures, ${counts[1]}/s, handles ${handles}`,
    `签名 ${counts[0]} 次，每秒 ${counts[1]} 次，句柄 ${handles}`,
  );
}
