import type { Administration } from "@yinxin/service-kit/governance";
import { createServiceApp } from "@yinxin/service-kit/routes";
import type { ServiceAppOptions } from "@yinxin/service-kit/routes";

import { sealProblems, sealRoutes } from "./http/index.ts";
import type { SealRoutesDeps } from "./http/index.ts";

export type SealAppDeps = SealRoutesDeps &
  Omit<ServiceAppOptions, "name" | "version" | "routes" | "problems" | "mount" | "recordRead"> & {
    /** What officers do here. */
    readonly administration: Pick<Administration, "routes" | "problems" | "mount" | "recordRead">;
  };

/** Wires the seal service; does nothing else. */
export function createSealApp(deps: SealAppDeps): ReturnType<typeof createServiceApp> {
  const { administration, ...rest } = deps;
  return createServiceApp({
    ...rest,
    name: "seal",
    version: "0.1.0",
    routes: [...sealRoutes(deps), ...administration.routes],
    mount: administration.mount,
    recordRead: administration.recordRead,
    problems: { ...administration.problems, ...sealProblems },
  });
}
