import { monitorEventLoopDelay } from "node:perf_hooks";

import type { Signer } from "@yinxin/crypto/signer";

import { randomOf } from "../../crypto/bench/measure.ts";

/** What a device did while many asked it at once. */
export interface LoadResult {
  /** Signatures in a second of the clock on the wall: several processes work for one signature. */
  readonly rate: number;
  /** How long this process's own work had to wait: 99 of 100 times at most so long, and the longest. */
  readonly lag: { readonly usualMilliseconds: number; readonly worstMilliseconds: number };
}

/** More than any device here has sessions, so that none of them waits for requests. */
const inFlight = 128;

const lagResolutionMilliseconds = 2;

/** Keeps requests in flight for a while. */
export async function signUnderLoad(signer: Signer, milliseconds: number): Promise<LoadResult> {
  const message = randomOf(256);
  const lag = monitorEventLoopDelay({ resolution: lagResolutionMilliseconds });
  let signatures = 0;
  const start = performance.now();
  const signOn = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      await signer.sign({ message });
      signatures += 1;
    }
  };
  lag.enable();
  await Promise.all(Array.from({ length: inFlight }, signOn));
  lag.disable();
  return {
    rate: (signatures * 1000) / (performance.now() - start),
    lag: {
      usualMilliseconds: lag.percentile(99) / 1e6 - lagResolutionMilliseconds,
      worstMilliseconds: lag.max / 1e6 - lagResolutionMilliseconds,
    },
  };
}

/** How often a synchronous task runs in a second of the clock on the wall. */
export function synchronousRate(run: () => void, milliseconds: number): number {
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < milliseconds) {
    for (let i = 0; i < 50; i += 1) run();
    runs += 50;
  }
  return (runs * 1000) / (performance.now() - start);
}
