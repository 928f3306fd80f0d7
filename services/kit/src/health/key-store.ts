import { Gauge } from "prom-client";

import type { HealthCheck } from "./health.ts";
import type { Metrics } from "./metrics.ts";

/** A key store as an operator sees it: what the adapters' `KeyStore.health` says, as far as it is shown here. */
export interface KeyStoreStatus {
  readonly state: string;
  readonly sessions?: { readonly open: number; readonly busy: number; readonly limit: number };
  readonly queued?: number;
  readonly counters?: {
    readonly signatures: number;
    readonly failures: number;
    readonly retries: number;
    readonly evictedSessions: number;
    readonly hostRestarts: number;
    readonly lastRecoveryMilliseconds?: number;
  };
  readonly lastError?: { readonly code: string; readonly message: string };
}

/** The store can sign, on some device at least. */
export function keyStoreCheck(read: () => Promise<KeyStoreStatus>): HealthCheck {
  return async () => {
    const { state, lastError } = await read();
    if (state === "ready" || state === "degraded") return;
    throw new Error(`the key store is ${state}${lastError === undefined ? "" : `: ${lastError.message}`}`);
  };
}

type Figure = (status: KeyStoreStatus) => number | undefined;

const figures: Readonly<Record<string, readonly [help: string, figure: Figure]>> = {
  yinxin_key_store_ready: [
    "1 if the key store can sign, 0.5 if only in part, else 0",
    ({ state }) => ({ ready: 1, degraded: 0.5 })[state] ?? 0,
  ],
  yinxin_key_store_signatures: [
    "Signatures that verified and left, since the start",
    ({ counters }) => counters?.signatures,
  ],
  yinxin_key_store_failures: [
    "Signatures that were asked for and not given",
    ({ counters }) => counters?.failures,
  ],
  yinxin_key_store_retries: ["Signatures that were tried again", ({ counters }) => counters?.retries],
  yinxin_key_store_evicted_sessions: [
    "Sessions that were given up after an error",
    ({ counters }) => counters?.evictedSessions,
  ],
  yinxin_key_store_host_restarts: [
    "Driver processes that were replaced",
    ({ counters }) => counters?.hostRestarts,
  ],
  yinxin_key_store_last_recovery_seconds: [
    "From the last loss of a device to the next signature",
    ({ counters }) => inSeconds(counters?.lastRecoveryMilliseconds),
  ],
  yinxin_key_store_queued: ["Requests that wait for a session", ({ queued }) => queued],
  yinxin_key_store_sessions_open: ["Open sessions with devices", ({ sessions }) => sessions?.open],
  yinxin_key_store_sessions_busy: ["Sessions that are signing now", ({ sessions }) => sessions?.busy],
  yinxin_key_store_sessions_limit: ["Sessions that may be open at once", ({ sessions }) => sessions?.limit],
};

/** Shows a key store in `/metrics`; a figure that the store does not have is left out. */
export function registerKeyStore({ registry }: Metrics, read: () => Promise<KeyStoreStatus>): void {
  for (const [name, [help, figure]] of Object.entries(figures)) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => {
        const value = figure(await read());
        gauge.reset();
        if (value === undefined) gauge.remove();
        else gauge.set(value);
      },
    });
  }
}

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
