import { describe, expect, it } from "vitest";

import { createMetrics, keyStoreCheck, registerKeyStore } from "./index.ts";
import type { KeyStoreStatus } from "./index.ts";

const counters = {
  signatures: 7,
  failures: 1,
  retries: 2,
  evictedSessions: 3,
  hostRestarts: 4,
  lastRecoveryMilliseconds: 250,
};

describe("a key store in the metrics", () => {
  it("shows its figures as they are when they are read", async () => {
    const metrics = createMetrics("test");
    let status: KeyStoreStatus = {
      state: "degraded",
      queued: 5,
      sessions: { open: 6, busy: 2, limit: 8 },
      counters,
    };
    registerKeyStore(metrics, () => Promise.resolve(status));
    const first = await metrics.registry.metrics();
    for (const line of [
      'yinxin_key_store_ready{service="test"} 0.5',
      'yinxin_key_store_signatures{service="test"} 7',
      'yinxin_key_store_failures{service="test"} 1',
      'yinxin_key_store_retries{service="test"} 2',
      'yinxin_key_store_evicted_sessions{service="test"} 3',
      'yinxin_key_store_host_restarts{service="test"} 4',
      'yinxin_key_store_last_recovery_seconds{service="test"} 0.25',
      'yinxin_key_store_queued{service="test"} 5',
      'yinxin_key_store_sessions_open{service="test"} 6',
      'yinxin_key_store_sessions_busy{service="test"} 2',
      'yinxin_key_store_sessions_limit{service="test"} 8',
    ]) {
      expect(first).toContain(line);
    }
    status = { state: "offline", counters: { ...counters, signatures: 8 } };
    const second = await metrics.registry.metrics();
    expect(second).toContain('yinxin_key_store_signatures{service="test"} 8');
    expect(second).toContain('yinxin_key_store_ready{service="test"} 0');
    expect(second).not.toContain("yinxin_key_store_queued{");
  });
});

describe("the readiness of a key store", () => {
  it("fails with its state and last error unless it can sign", async () => {
    await expect(keyStoreCheck(() => Promise.resolve({ state: "degraded" }))()).resolves.toBeUndefined();
    const lastError = { code: "pin-incorrect", message: "the PIN was refused" };
    const latched = keyStoreCheck(() => Promise.resolve({ state: "latched", lastError }));
    await expect(latched()).rejects.toThrow("the key store is latched: the PIN was refused");
  });
});
