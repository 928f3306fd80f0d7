/**
 * Whether the service lives and whether it can work, and how it is doing.
 *
 * `/livez` says that the process answers; `/readyz` runs the named checks that a service gives (its database, its key
 * store) and names the engine that computes elliptic curves; `/metrics` is Prometheus text on a port of its own, so that it is never public by accident.
 */
export { createHealth } from "./health.ts";
export type { Health, HealthCheck, HealthOptions, HealthReport } from "./health.ts";
export { databaseCheck } from "./checks.ts";
export { keyStoreCheck, registerKeyStore } from "./key-store.ts";
export type { KeyStoreStatus } from "./key-store.ts";
export { createMetrics, metricsText } from "./metrics.ts";
export type { Metrics } from "./metrics.ts";
