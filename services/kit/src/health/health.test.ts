import { Gauge } from "prom-client";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { openDatabase } from "../database/index.ts";
import { fixedClock, silentLog as log } from "../testing/index.ts";
import { createHealth, createMetrics, databaseCheck, metricsText } from "./index.ts";

let clock = fixedClock("2026-11-21T02:00:00Z");

beforeEach(() => {
  clock = fixedClock("2026-11-21T02:00:00Z");
});

describe("readiness", () => {
  it("is the result of every check by name, and nothing about why one failed", async () => {
    const checks = {
      database: () => Promise.resolve(),
      signer: () => Promise.reject(new Error("PIN 123456 wrong")),
    };
    const report = await createHealth({ checks, log, clock }).report();
    expect(report).toEqual({
      status: "not-ready",
      checks: [
        { name: "database", status: "passed" },
        { name: "signer", status: "failed" },
      ],
      engine: { name: "wasm", variant: "simd" },
    });
  });

  it("survives a check that throws at once", async () => {
    const broken = (): Promise<unknown> => {
      throw new Error("at once");
    };
    expect(await createHealth({ checks: { broken }, log, clock }).report()).toMatchObject({
      status: "not-ready",
    });
  });

  it("counts a check that never ends as failed", async () => {
    vi.useFakeTimers();
    try {
      const report = createHealth({
        checks: { device: () => new Promise(() => undefined) },
        log,
        clock,
      }).report();
      await vi.advanceTimersByTimeAsync(5000);
      expect(await report).toMatchObject({ checks: [{ name: "device", status: "failed" }] });
    } finally {
      vi.useRealTimers();
    }
  });

  it("bothers a device at most once a second, however many ask", async () => {
    let count = 0;
    const signer = (): Promise<void> => {
      count += 1;
      return Promise.resolve();
    };
    const health = createHealth({ checks: { signer }, log, clock });
    await Promise.all([health.report(), health.report(), health.report()]);
    expect(count).toBe(1);
    clock.advance(1000);
    await health.report();
    expect(count).toBe(2);
    clock.advance(-3600_000);
    await health.report();
    expect(count).toBe(3);
  });

  it("ends at once when the service is going to stop", async () => {
    const health = createHealth({ checks: {}, log, clock });
    expect(await health.report()).toMatchObject({ status: "ready" });
    health.drain();
    expect(await health.report()).toMatchObject({ status: "draining" });
  });
});

describe("the check of a database", () => {
  it("passes while it answers and fails when it is closed", async () => {
    const db = await openDatabase({ url: "sqlite::memory:", schema: "test" });
    await expect(databaseCheck(db)()).resolves.toBeDefined();
    await db.destroy();
    await expect(databaseCheck(db)()).rejects.toThrow();
  });
});

describe("metrics", () => {
  it("are Prometheus text about requests and the process", async () => {
    const metrics = createMetrics("seal");
    metrics.observeRequest("/v1/seals/:sealId", "GET", 200, 0.004);
    const text = await metrics.registry.metrics();
    expect(text).toContain(
      'yinxin_http_request_seconds_count{service="seal",route="/v1/seals/:sealId",method="GET",status="200"} 1',
    );
    expect(text).toContain("process_cpu_seconds_total");
    expect(text).toMatch(/^yinxin_ec_engine_info\{engine="wasm",variant="simd",service="seal"\} 1$/m);
  });

  it("go on without a figure that cannot be read, and name it", async () => {
    const metrics = createMetrics("seal");
    const gauge = (name: string, collect: () => Promise<void>) =>
      new Gauge({ name, help: name, registers: [metrics.registry], collect });
    gauge("yinxin_bad", () => Promise.reject(new Error("the database is away")));
    const good = gauge("yinxin_good", () => {
      good.set(3);
      return Promise.resolve();
    });
    const text = await metricsText(metrics);
    expect(text).toMatch(/^yinxin_good\{service="seal"\} 3$/m);
    expect(text).toContain("process_cpu_seconds_total");
    expect(text).toMatch(/^yinxin_metric_failed\{metric="yinxin_bad"\} 1$/m);
    expect(text).not.toContain("yinxin_bad{");
    expect(await metricsText(createMetrics("seal"))).not.toContain("yinxin_metric_failed");
  });
});
