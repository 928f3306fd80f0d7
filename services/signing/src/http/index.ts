/**
 * The signing service over HTTP: {@link signingRoutes} are its routes, {@link signingProblems} how its refusals are
 * answered. Both can be read without starting anything, which is how openapi.json is made.
 */
import type { Route } from "@yinxin/service-kit/routes";
import { verificationRoutes } from "@yinxin/service-kit/verifications";
import type { VerificationDeps } from "@yinxin/service-kit/verifications";

import type { CreatePurposeDeps } from "../operations/create-purpose.ts";
import type { ListPurposesDeps } from "../operations/list-purposes.ts";
import type { SignMessageDeps } from "../operations/sign-message.ts";
import { purposeRoutes } from "./purpose-routes.ts";
import { signatureRoutes } from "./signature-routes.ts";

export { signingProblems } from "./signing-problems.ts";

export type SigningRouteDeps = CreatePurposeDeps & ListPurposesDeps & SignMessageDeps & VerificationDeps;

/** Every route of the service. */
export function signingRoutes(deps: SigningRouteDeps): Route[] {
  return [...purposeRoutes(deps), ...signatureRoutes(deps), ...verificationRoutes(deps)];
}
