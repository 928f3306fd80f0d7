import type { Administration } from "@yinxin/service-kit/governance";
import { createServiceApp } from "@yinxin/service-kit/routes";
import type { ServiceAppOptions } from "@yinxin/service-kit/routes";

import { signingProblems, signingRoutes } from "./http/index.ts";
import type { SigningRouteDeps } from "./http/index.ts";

export type SigningAppDeps = SigningRouteDeps &
  Omit<ServiceAppOptions, "name" | "version" | "routes" | "problems" | "mount" | "recordRead"> & {
    readonly administration: Pick<
      Administration,
      "routes" | "problems" | "mount" | "recordRead" | "authenticator"
    >;
  };

/** Wires the signing service; does nothing else. */
export function createSigningApp(deps: SigningAppDeps): ReturnType<typeof createServiceApp> {
  return createServiceApp({
    ...deps,
    name: "signing",
    version: "0.1.0",
    routes: [...signingRoutes(deps), ...deps.administration.routes],
    mount: deps.administration.mount,
    recordRead: deps.administration.recordRead,
    problems: { ...deps.administration.problems, ...signingProblems },
    authenticator: deps.administration.authenticator(deps.authenticator),
  });
}
