import type { Clock } from "@yinxin/service-kit/clock";
import { createServiceApp } from "@yinxin/service-kit/routes";
import type { ServiceAppOptions } from "@yinxin/service-kit/routes";

import type { Authority } from "./domain/authority.ts";
import { pkiProblems, pkiRoutes } from "./http/index.ts";
import type { PkiStore } from "./operations/pki-store.ts";

export interface PkiAppDeps extends Omit<
  ServiceAppOptions,
  "name" | "version" | "routes" | "problems" | "mount"
> {
  readonly store: PkiStore;
  readonly authorities: readonly Authority[];
  readonly clock: Clock;
}

/** Wires the certificate authority; does nothing else. */
export function createPkiApp(deps: PkiAppDeps): ReturnType<typeof createServiceApp> {
  return createServiceApp({
    ...deps,
    name: "pki",
    version: "0.1.0",
    routes: pkiRoutes(deps),
    problems: pkiProblems,
  });
}
