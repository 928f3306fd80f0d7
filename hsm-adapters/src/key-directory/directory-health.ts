import type { KeyStoreCounters, KeyStoreHealth } from "../key-store/index.ts";

/** From best to worst: the whole is as well as its worst part. */
const states: readonly KeyStoreHealth["state"][] = ["ready", "degraded", "offline", "latched", "closed"];

/** Several stores as one. */
export function healthOfAll(parts: readonly KeyStoreHealth[]): KeyStoreHealth {
  const worst = parts.reduce((level, { state }) => Math.max(level, states.indexOf(state)), 0);
  const counters = parts.flatMap((part) => part.counters ?? []);
  const sessions = parts.flatMap((part) => part.sessions ?? []);
  const tries = parts.flatMap(({ remainingTries }) => remainingTries ?? []);
  const lastError = parts.find((part) => part.lastError !== undefined)?.lastError;
  return {
    state: states[worst] ?? "offline",
    device: parts.map(({ device }) => device).join("; "),
    queued: sumOf(parts, ({ queued }) => queued ?? 0),
    ...(counters.length > 0 && { counters: sumOfCounters(counters) }),
    ...(sessions.length > 0 && {
      sessions: {
        open: sumOf(sessions, ({ open }) => open),
        busy: sumOf(sessions, ({ busy }) => busy),
        limit: sumOf(sessions, ({ limit }) => limit),
      },
    }),
    ...(tries.length > 0 && { remainingTries: Math.min(...tries) }),
    ...(lastError !== undefined && { lastError }),
  };
}

function sumOfCounters(counters: readonly KeyStoreCounters[]): KeyStoreCounters {
  const recoveries = counters.flatMap(({ lastRecoveryMilliseconds }) => lastRecoveryMilliseconds ?? []);
  return {
    signatures: sumOf(counters, ({ signatures }) => signatures),
    failures: sumOf(counters, ({ failures }) => failures),
    retries: sumOf(counters, ({ retries }) => retries),
    evictedSessions: sumOf(counters, ({ evictedSessions }) => evictedSessions),
    hostRestarts: sumOf(counters, ({ hostRestarts }) => hostRestarts),
    ...(recoveries.length > 0 && { lastRecoveryMilliseconds: Math.max(...recoveries) }),
  };
}

function sumOf<Part>(parts: readonly Part[], valueOf: (part: Part) => number): number {
  return parts.reduce((sum, part) => sum + valueOf(part), 0);
}
