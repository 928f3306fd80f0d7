import { createServiceApp } from "@yinxin/service-kit/routes";
import type { ServiceAppOptions } from "@yinxin/service-kit/routes";

import { signingProblems, signingRoutes } from "./http/index.ts";
import type { SigningRouteDeps } from "./http/index.ts";

export type SigningAppDeps = SigningRouteDeps &
  Omit<ServiceAppOptions, "name" | "version" | "routes" | "problems" | "mount">;

/** Wires the signing service; does nothing else. */
export function createSigningApp(deps: SigningAppDeps): ReturnType<typeof createServiceApp> {
  return createServiceApp({
    ...deps,
    name: "signing",
    version: "0.1.0",
    routes: signingRoutes(deps),
    problems: signingProblems,
  });
}
