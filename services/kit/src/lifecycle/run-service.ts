import type { RequestListener, Server } from "node:http";

import { metricsText } from "../health/index.ts";
import type { Health, Metrics } from "../health/index.ts";
import type { Log } from "../log/index.ts";
import { onStopRequest } from "./stop-requests.ts";
import { listen } from "./listen.ts";

export interface ServiceToRun {
  readonly name: string;
  readonly host: string;
  /** 0 for any that is free; the ready line says which. */
  readonly port: number;
  /** Of `/metrics`, on the same host; 0 for any. */
  readonly metricsPort: number;
  readonly app: RequestListener;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  /** True if a supervisor holds standard input open for as long as it lives. */
  readonly isSupervised: boolean;
  /** Closes what `main` opened: database, keys. Called when no request is in flight any more. */
  readonly onStop: () => Promise<void>;
  /** How long requests in flight may take to finish; 7 seconds if absent, so that a stop takes less than ten. */
  readonly drainMilliseconds?: number;
}

export interface RunningService {
  readonly port: number;
  readonly metricsPort: number;
}

/** With the closing that follows, the whole stop stays within ten seconds. */
const drainMillisecondsDefault = 7_000;
const closeMilliseconds = 2_000;

/**
 * Listens, says so in one line of JSON on standard output, and resolves. From then on the process ends by itself: exit code
 * 0 after a clean stop, 1 if something had to be cut off.
 *
 * @throws StartError if a port cannot be had.
 */
export async function runService(service: ServiceToRun): Promise<RunningService> {
  const { name, host, app, health, metrics, log } = service;
  const main = await listen(app, { host, port: service.port });
  const side = await listen(metricsHandler(metrics), { host, port: service.metricsPort });
  onStopRequest(service.isSupervised, (reason) => {
    log.info({ reason }, "stopping");
    health.drain();
    void stop(service, [main.server, side.server]);
  });
  process.stdout.write(`${JSON.stringify({ ready: true, service: name, port: main.port })}\n`);
  log.info({ port: main.port, metrics_port: side.port }, "ready");
  return { port: main.port, metricsPort: side.port };
}

async function stop(service: ServiceToRun, servers: readonly Server[]): Promise<void> {
  const { onStop, log, drainMilliseconds = drainMillisecondsDefault } = service;
  let isClean = true;
  try {
    isClean = await drain(servers, drainMilliseconds);
    isClean = (await within(closeMilliseconds, onStop())) && isClean;
  } catch (cause) {
    log.error({ err: cause }, "closing failed");
    isClean = false;
  }
  log.info({ clean: isClean }, "stopped");
  process.exit(isClean ? 0 : 1);
}

/** Connections are looked at this often while requests finish. */
const sweepMilliseconds = 25;

/** Takes no new connections and waits for requests in flight; whether all of them finished. */
async function drain(servers: readonly Server[], milliseconds: number): Promise<boolean> {
  const closed = servers.map(
    (server) =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  );
  // A connection that a client keeps alive after its answer would otherwise hold the server open.
  const sweep = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, sweepMilliseconds);
  const isDrained = await within(milliseconds, Promise.all(closed));
  clearInterval(sweep);
  for (const server of servers) server.closeAllConnections();
  return isDrained;
}

/** Whether `work` ended in time. @throws what `work` rejects with. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, milliseconds);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function metricsHandler(metrics: Metrics): RequestListener {
  return (request, response) => {
    if (request.url !== "/metrics" || request.method !== "GET") {
      response.writeHead(404).end();
      return;
    }
    metricsText(metrics).then(
      (text) => response.writeHead(200, { "content-type": metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  };
}
