import { runPlan } from "./run-plan.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { duePlans, releaseLease, takeLease, updateLeased } from "./plan-store.ts";
import type { PlanLease } from "./plan-store.ts";

/** A process that dies leaves its plan to the others after this; one that lives renews it long before. */
const leaseSeconds = 30;
const renewEvery = 3;
/** Plans of one look; more wait for the next. */
const plansAtOnce = 50;
const tickMilliseconds = 1000;

export interface Engine {
  advance(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Runs plans that are due, each in its own turn, all of them side by side: a compromise does not wait behind a rotation. */
export function createEngine(deps: EngineDeps, holder: string): Engine {
  const atWork = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const advance = async () => {
    const ids = await duePlans(deps.db, deps.clock.now(), plansAtOnce);
    for (const id of ids) {
      if (atWork.has(id) || stopping.signal.aborted) continue;
      const work = holdAndRun(deps, { id, holder, stopping: stopping.signal }).finally(() =>
        atWork.delete(id),
      );
      atWork.set(id, work);
    }
    await Promise.all(atWork.values());
  };
  const tick = () => {
    advance().catch((cause: unknown) => {
      deps.log.error({ err: cause }, "plans could not be looked at");
    });
  };
  return {
    advance,
    start: () => {
      timer ??= setInterval(tick, tickMilliseconds);
    },
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await Promise.all(atWork.values());
    },
  };
}

interface Turn {
  readonly id: string;
  readonly holder: string;
  readonly stopping: AbortSignal;
}

async function holdAndRun(deps: EngineDeps, { id, holder, stopping }: Turn): Promise<void> {
  const lease = await takeLease(deps.db, id, { holder, at: deps.clock.now(), until: leaseEnd(deps) });
  if (lease === undefined) return;
  const lost = new AbortController();
  const renewal = setInterval(
    () => {
      renew(deps, lease, lost);
    },
    (leaseSeconds * 1000) / renewEvery,
  );
  try {
    await runPlan(deps, lease, AbortSignal.any([stopping, lost.signal]));
  } catch (cause) {
    deps.log.error({ plan: id, err: cause }, "a plan could not go on");
  } finally {
    clearInterval(renewal);
    await releaseLease(deps.db, lease);
  }
}

/** A lease that cannot be renewed is as good as lost: the step is told, and what it did does not count. */
function renew(deps: EngineDeps, lease: PlanLease, lost: AbortController): void {
  updateLeased(deps.db, lease, { lease_until: leaseEnd(deps).toISOString() }).catch(() => {
    lost.abort();
  });
}

function leaseEnd({ clock }: EngineDeps): Date {
  return new Date(clock.now().getTime() + leaseSeconds * 1000);
}
