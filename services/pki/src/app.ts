import type { Administration } from "@yinxin/service-kit/governance";
import { createServiceApp } from "@yinxin/service-kit/routes";
import type { ServiceAppOptions } from "@yinxin/service-kit/routes";

import { pkiProblems, pkiRoutes } from "./http/index.ts";
import type { PkiRoutesDeps } from "./http/index.ts";

export type PkiAppDeps = PkiRoutesDeps &
  Omit<ServiceAppOptions, "name" | "version" | "routes" | "problems" | "mount" | "recordRead"> & {
    /** What officers do here. */
    readonly administration: Pick<Administration, "routes" | "problems" | "mount" | "recordRead">;
  };

/** Wires the certificate authority; does nothing else. */
export function createPkiApp(deps: PkiAppDeps): ReturnType<typeof createServiceApp> {
  const { administration, ...rest } = deps;
  return createServiceApp({
    ...rest,
    name: "pki",
    version: "0.1.0",
    routes: [...pkiRoutes(deps), ...administration.routes],
    mount: administration.mount,
    recordRead: administration.recordRead,
    problems: { ...administration.problems, ...pkiProblems },
  });
}
