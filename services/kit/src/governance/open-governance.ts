import type { AuditCatalogue } from "../audit/index.ts";
import type { Governance, GovernanceOptions } from "./governance.ts";

/**
 * Opens a service's key rings and audit log.
 *
 * @throws StartError for a file that the configuration names and that cannot be used.
 */
export function openGovernance<Schema, const Catalogue extends AuditCatalogue>(
  options: GovernanceOptions<Schema, Catalogue>,
): Promise<Governance<Catalogue>> {
  return Promise.reject(new Error(`not built yet: ${options.service}`));
}
