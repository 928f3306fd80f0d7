/**
 * How a service starts and how it ends.
 *
 * `main.ts` is `await runMain(async (startedService) => …)` around configuration, wiring and {@link runService}. A service
 * says that it is ready in one line of JSON on standard output; it ends when it is told to (SIGTERM, SIGINT) or when the
 * supervisor that started it is gone, finishing what it has begun, and at the latest after ten seconds.
 */
export { runService } from "./run-service.ts";
export type { RunningService, ServiceToRun } from "./run-service.ts";
export { runMain } from "./run-main.ts";
export { listen, StartError } from "./listen.ts";
