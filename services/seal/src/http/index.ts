/**
 * The seal service over HTTP: {@link sealRoutes} are its routes, {@link sealProblems} how its refusals are
 * answered. Both can be read without starting anything, which is how openapi.json is made.
 */
import type { Route } from "@yinxin/service-kit/routes";
import { verificationRoutes } from "@yinxin/service-kit/verifications";

import type { ApplySealDeps } from "../operations/apply-seal.ts";
import type { MakeSealDeps } from "../operations/make-seal.ts";
import { applicationRoutes } from "./application-routes.ts";
import { makingRoutes } from "./making-routes.ts";

export { sealProblems } from "./seal-problems.ts";
export { documentBytesMax } from "./application-routes.ts";

export type SealRoutesDeps = MakeSealDeps & ApplySealDeps;

/** Every route of the service but those of its officers. */
export function sealRoutes(deps: SealRoutesDeps): Route[] {
  return [...makingRoutes(deps), ...applicationRoutes(deps), ...verificationRoutes(deps)];
}
