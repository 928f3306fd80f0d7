/**
 * The certificate authority over HTTP: {@link pkiRoutes} are its routes, {@link pkiProblems} how its refusals are
 * answered. Both can be read without starting anything, which is how openapi.json is made.
 */
import type { Route } from "@yinxin/service-kit/routes";

import type { IssueCertificateDeps } from "../operations/issue-certificate.ts";
import { authorityRoutes } from "./authority-routes.ts";
import { certificateRoutes } from "./certificate-routes.ts";

export { pkiProblems } from "./pki-problems.ts";

export type PkiRoutesDeps = IssueCertificateDeps;

/** Every route of the service but those of its officers. */
export function pkiRoutes(deps: PkiRoutesDeps): Route[] {
  return [...authorityRoutes(deps), ...certificateRoutes(deps)];
}
