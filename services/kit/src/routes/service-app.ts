import express, { Router } from "express";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";

import { officerPermissions, officersOnly } from "../auth/officer-permissions.ts";
import type { Authenticator } from "../auth/index.ts";
import type { Health, Metrics } from "../health/index.ts";
import type { Log } from "../log/index.ts";
import { kitProblems, languageOf, refuse } from "../problems/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import { allowedHostsOnly } from "./allowed-hosts.ts";
import { openApiOf } from "./openapi.ts";
import { problemPages } from "./problem-pages.ts";
import { heldBodyBytesMaxDefault } from "./body-limits.ts";
import { createBodyRoom } from "./read-body.ts";
import { keepRequestContext } from "./request-context.ts";
import type { RecordRead, Route } from "./route.ts";
import { securityHeaders } from "./security-headers.ts";
import { sendProblem } from "./send-problem.ts";
import { serveRoute } from "./serve-route.ts";

export interface ServiceAppOptions {
  /** `seal`, `ledger`, … */
  readonly name: string;
  readonly version: string;
  /** Of the interface description; made of the name if absent. */
  readonly title?: string;
  /** How the outside reaches the service, without a slash at the end; its host is allowed. */
  readonly baseUrl: string;
  readonly routes: readonly Route[];
  /** The service's own codes; the kit's are always there. */
  readonly problems: ProblemTable;
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly health: Health;
  readonly randomBytes: (size: number) => Uint8Array;
  /** More names under which the service may be called; with a port only that port, without one any. */
  readonly allowedHosts?: readonly string[];
  readonly metrics?: Metrics;
  /** Needed if any route says what it `reads`; `recordReads` of kit/audit is one. */
  readonly recordRead?: RecordRead;
  /** {@link heldBodyBytesMaxDefault} if absent. */
  readonly heldBodyBytesMax?: number;
  /** Adds plain handlers after the routes: pages, or a whole provider. Host, headers and request id are checked before. */
  readonly mount?: (app: Express) => void;
}

/**
 * The service's HTTP side: its routes, `/livez`, `/readyz`, `/openapi.json`, and `/problems/…`; every error is a problem.
 *
 * @throws RangeError if two routes have the same method and path, or one reads records and nothing remembers it.
 */
export function createServiceApp(options: ServiceAppOptions): Express {
  checkDistinct(options.routes);
  checkReadsRecorded(options);
  const { baseUrl, log, health } = options;
  const problems: ProblemTable = { ...kitProblems, ...options.problems };
  const app = express();
  app.disable("etag");
  app.disable("x-powered-by");
  // Queries are read by the routes, without the nesting that the default parser invents.
  app.set("query parser", false);
  app.enable("case sensitive routing");
  app.use(withContext(options), securityHeaders(baseUrl));
  // Probes come with the address of a machine as their host, and these two say nothing that a host could spoil.
  app.use(healthRoutes(health));
  app.use(allowedHostsOnly([new URL(baseUrl).host, ...(options.allowedHosts ?? [])]));
  app.use(problemPages(problems), describedRoutes(options, problems), routesOf(options));
  options.mount?.(app);
  app.use((_request, _response, next) => {
    next(refuse("not-found", { zh: "没有这个地址。", en: "There is nothing at this address." }));
  });
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  const onError: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    sendProblem({ baseUrl, problems, log }, request, response, error);
  };
  app.use(onError);
  return app;
}

function checkDistinct(routes: readonly Route[]): void {
  const names = routes.map(({ method, path }) => `${method} ${path}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`two routes are ${twice}`);
}

function checkReadsRecorded({ routes, recordRead }: ServiceAppOptions): void {
  const reading = routes.find((route) => route.reads !== undefined);
  if (reading !== undefined && recordRead === undefined) {
    throw new RangeError(`nothing records who reads by ${reading.method} ${reading.path}`);
  }
}

/** Gives the request its id and language, and logs and counts it when it is answered. */
function withContext({ randomBytes, log, metrics }: ServiceAppOptions): RequestHandler {
  return (request, response, next) => {
    const requestId = `req_${Buffer.from(randomBytes(12)).toString("hex")}`;
    keepRequestContext(response, { requestId, language: languageOf(request.headers["accept-language"]) });
    response.setHeader("request-id", requestId);
    response.setHeader("cache-control", "no-store");
    response.vary("Accept-Language");
    // Monotonic, so that setting the machine's clock does not make a request last for minus an hour.
    const startedAt = performance.now();
    response.on("close", () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const route = (request.route as { path?: string } | undefined)?.path ?? "none";
      const { statusCode: status, writableFinished: isWhole } = response;
      metrics?.observeRequest(route, request.method, status, seconds);
      log.info(
        { request_id: requestId, method: request.method, route, status, seconds, whole: isWhole },
        "answered",
      );
    });
    next();
  };
}

function healthRoutes(health: Health): Router {
  const router = Router({ caseSensitive: true });
  router.get("/livez", (_request, response) => {
    response.json({ status: "alive" });
  });
  router.get("/readyz", async (_request, response) => {
    const report = await health.report();
    response.status(report.status === "ready" ? 200 : 503).json(report);
  });
  return router;
}

/** What any officer may do, whatever the role. */
const officersToo: ReadonlySet<string> = new Set(Object.values(officerPermissions).flat());

function describedRoutes(options: ServiceAppOptions, problems: ProblemTable): Router {
  const { name, title = `Yinxin ${name}`, version, routes } = options;
  const router = Router({ caseSensitive: true });
  router.get("/openapi.json", (_request, response) => {
    response.json(openApiOf({ title, version, routes, problems, officersOnly, officersToo }));
  });
  return router;
}

function routesOf(options: ServiceAppOptions): Router {
  const { routes, authenticator, baseUrl, recordRead, heldBodyBytesMax = heldBodyBytesMaxDefault } = options;
  const bodies = createBodyRoom(heldBodyBytesMax);
  const router = Router({ caseSensitive: true });
  for (const route of routes) {
    router[route.method](route.path, async (request, response) => {
      const room = bodies.open();
      try {
        await serveRoute({ authenticator, room, baseUrl, recordRead }, route, request, response);
      } finally {
        room.release();
      }
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    router.all(path, otherMethods(routes.filter((route) => route.path === path)));
  }
  return router;
}

/** OPTIONS tells the methods; any other method that has no route is refused with them. */
function otherMethods(routes: readonly Route[]): RequestHandler {
  const methods = routes.map(({ method }) => method.toUpperCase());
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  return (request, response, next) => {
    response.setHeader("allow", allow);
    if (request.method === "OPTIONS") {
      response.status(204).end();
      return;
    }
    next(
      refuse("method-not-allowed", {
        zh: `此地址只支持 ${allow}。`,
        en: `This address takes ${allow} only.`,
      }),
    );
  };
}
