import { auditLogMigration, auditMigration } from "@yinxin/service-kit/audit";
import type { Migration } from "@yinxin/service-kit/database";

import { init } from "./0001-init.ts";

/** The schema of the certificate authority, step by step. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0000-audit": auditMigration,
  "0001-init": init,
  "0009-audit-log": auditLogMigration,
};
