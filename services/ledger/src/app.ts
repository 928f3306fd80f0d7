import type { Authenticator } from "@yinxin/service-kit/auth";
import type { Administration } from "@yinxin/service-kit/governance";
import type { Health, Metrics } from "@yinxin/service-kit/health";
import type { Log } from "@yinxin/service-kit/log";
import { createServiceApp } from "@yinxin/service-kit/routes";

import { ledgerProblems, ledgerRoutes } from "./http/index.ts";
import type { IssueLicenseDeps } from "./operations/issue-license.ts";

export interface LedgerAppDeps extends IssueLicenseDeps {
  readonly baseUrl: string;
  readonly allowedHosts: readonly string[];
  readonly authenticator: Authenticator;
  readonly health: Health;
  readonly metrics?: Metrics;
  readonly log: Log;
  /** What officers do here. */
  readonly administration: Pick<Administration, "routes" | "problems" | "mount" | "recordRead">;
}

/** Of the interface, as openapi.json says it. */
const ledgerVersion = "0.1.0";

/** Wires the ledger and does nothing else. */
export function createLedgerApp(deps: LedgerAppDeps): ReturnType<typeof createServiceApp> {
  const { baseUrl, allowedHosts, authenticator, health, metrics, log, randomBytes, administration } = deps;
  return createServiceApp({
    name: "ledger",
    version: ledgerVersion,
    baseUrl,
    allowedHosts,
    routes: [...ledgerRoutes(deps), ...administration.routes],
    mount: administration.mount,
    recordRead: administration.recordRead,
    problems: { ...administration.problems, ...ledgerProblems },
    authenticator,
    health,
    ...(metrics !== undefined && { metrics }),
    log,
    randomBytes,
  });
}
