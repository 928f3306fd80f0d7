/**
 * The ledger over HTTP: {@link ledgerRoutes} and the table {@link ledgerProblems} of what it refuses.
 */
import type { Route } from "@yinxin/service-kit/routes";

import type { IssueLicenseDeps } from "../operations/issue-license.ts";
import { licenseRoutes } from "./license-routes.ts";
import { logRoutes } from "./log-routes.ts";

export { ledgerProblems } from "./ledger-problems.ts";

/** Every route of the ledger. Nothing is called while they are made, so a description needs no deps that work. */
export function ledgerRoutes(deps: IssueLicenseDeps): readonly Route[] {
  return [...licenseRoutes(deps), ...logRoutes(deps)];
}
