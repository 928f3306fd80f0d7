/**
 * Officers' side of every service, put together: its key rings, its audit log, its officers' changes and its plans.
 *
 * A `main.ts` calls {@link openGovernance} with its database and keys, makes its own parts with the trail and the rings that it
 * gets, and hands what it adds (plans, hooks, operations) to `administer`, which gives the routes and checks for the application.
 */
export { judgeContinuations } from "./approved-continuations.ts";
export { countedRowsMax, countRows } from "./affected-by-ring.ts";
export { governanceMigrations } from "./governance-migrations.ts";
export { governanceProblems, governanceRoutes } from "./governance-routes.ts";
export type { GovernanceRoutesDeps } from "./governance-routes.ts";
export {
  keyReplacementOperation,
  KeyReplacementError,
  readKeyReplacement,
  withKeyReplaced,
  withKeyReplacedInFile,
} from "./key-replacement.ts";
export type { KeyReplacement } from "./key-replacement.ts";
export { openGovernance } from "./open-governance.ts";
export type {
  Administration,
  AdministrationParts,
  Governance,
  GovernanceConfig,
  GovernanceOptions,
} from "./governance.ts";
