import type { AuditCatalogue, AuditLog, AuditTrail } from "../audit/index.ts";
import type { KeyRings, RingDeclaration } from "../key-rings/index.ts";
import type { OfficerCrls } from "./officer-crls.ts";
import type { GovernanceFiles } from "./governance-files.ts";
import type { GovernanceOptions } from "./governance.ts";

/** What was opened, and what the service said when it was. */
export interface OpenedGovernance<Schema, Catalogue extends AuditCatalogue> extends GovernanceOptions<
  Schema,
  Catalogue
> {
  readonly trail: AuditTrail<Catalogue>;
  readonly rings: KeyRings;
  readonly auditLog: AuditLog;
  readonly files: GovernanceFiles;
  readonly officerCrls: OfficerCrls | undefined;
  readonly own: { readonly audit: RingDeclaration; readonly witness: RingDeclaration };
}
