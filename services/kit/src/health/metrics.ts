import { currentEngine } from "@yinxin/crypto/sm2/engine";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What a service counts. */
export interface Metrics {
  /** Add counters of your own here. */
  readonly registry: Registry;
  /**
   * @param route the pattern, never the address: an address with ids in it would be a series for each id.
   * @param seconds from the request's first byte to the answer's last.
   */
  observeRequest(route: string, method: string, status: number, seconds: number): void;
}

/** Opens a registry with the process's own figures and the latency of requests by route. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "yinxin_http_request_seconds",
    help: "Time to answer a request, by route, method and status",
    labelNames: ["route", "method", "status"],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  registerEngine(registry);
  return {
    registry,
    observeRequest: (route, method, status, seconds) => {
      requests.observe({ route, method, status: String(status) }, seconds);
    },
  };
}

/**
 * Everything that is counted, as Prometheus text. A figure that cannot be read now, since the database is away, is left out and named
 * in `yinxin_metric_failed`: all others are needed most then.
 */
export async function metricsText({ registry }: Metrics): Promise<string> {
  const texts: string[] = [];
  const failed: string[] = [];
  for (const { name } of registry.getMetricsAsArray()) {
    try {
      texts.push(await registry.getSingleMetricAsString(name));
    } catch {
      // Whatever a figure of a service rejects with, it is only not there; the readiness says why.
      failed.push(name);
    }
  }
  const lines = failed.map((name) => `yinxin_metric_failed{metric="${name}"} 1`);
  const help =
    "# HELP yinxin_metric_failed Figures that could not be read now\n# TYPE yinxin_metric_failed gauge";
  return `${[...texts, ...(lines.length === 0 ? [] : [help, ...lines])].join("\n\n")}\n`;
}

/** Always 1; its labels say what computes elliptic curves, so that a fleet can be asked who runs on the fallback. */
function registerEngine(registry: Registry): void {
  const engine = new Gauge({
    name: "yinxin_ec_engine_info",
    help: "The elliptic-curve engine of this process",
    labelNames: ["engine", "variant"],
    registers: [registry],
  });
  const { name, variant } = currentEngine();
  engine.set({ engine: name, variant }, 1);
}
