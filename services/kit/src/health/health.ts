import { currentEngine } from "@yinxin/crypto/sm2/engine";
import type { EcEngine } from "@yinxin/crypto/sm2/engine";

import type { Clock } from "../clock/index.ts";
import type { Log } from "../log/index.ts";

/** Resolves if the thing works, rejects if not; what it rejects with is logged, and the caller sees only the name. */
export type HealthCheck = () => Promise<unknown>;

export interface HealthReport {
  readonly status: "ready" | "not-ready" | "draining";
  readonly checks: readonly { readonly name: string; readonly status: "passed" | "failed" }[];
  /** What computes elliptic curves here: `native`, `wasm` or, slowly, `node`. */
  readonly engine: Pick<EcEngine, "name" | "variant">;
}

export interface HealthOptions {
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly log: Log;
  readonly clock: Clock;
}

/** The service's own opinion of itself. */
export interface Health {
  /** Runs every check, or repeats the report of less than a second ago. Never rejects. */
  report(): Promise<HealthReport>;
  /** From now on not ready: the service is going to stop and wants no new work. */
  drain(): void;
}

/** A probe signs with a device, and anybody may ask: once a second is enough for any of them. */
const keptMilliseconds = 1000;
/** A check that hangs is a check that failed. */
const timeoutMilliseconds = 5000;

/** Creates the state behind `/readyz`. Checks are named in kebab-case, e.g. `database`, `signer`. */
export function createHealth({ checks, log, clock }: HealthOptions): Health {
  let isDraining = false;
  let kept: { readonly at: number; readonly report: Promise<HealthReport> } | undefined;

  async function run(): Promise<HealthReport> {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => ({
        name,
        status: await outcomeOf(name, check, log),
      })),
    );
    const isReady = results.every(({ status }) => status === "passed");
    const { name, variant } = currentEngine();
    return { status: isReady ? "ready" : "not-ready", checks: results, engine: { name, variant } };
  }

  return {
    report: async () => {
      const now = clock.now().getTime();
      if (kept === undefined || Math.abs(now - kept.at) >= keptMilliseconds)
        kept = { at: now, report: run() };
      const report = await kept.report;
      return isDraining ? { ...report, status: "draining" } : report;
    },
    drain: () => {
      isDraining = true;
    },
  };
}

async function outcomeOf(name: string, check: HealthCheck, log: Log): Promise<"passed" | "failed"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(timeoutMilliseconds)} ms`));
    }, timeoutMilliseconds);
  });
  try {
    await Promise.race([check(), late]);
    return "passed";
  } catch (cause) {
    log.error({ check: name, err: cause }, "a readiness check failed");
    return "failed";
  } finally {
    clearTimeout(timer);
  }
}
