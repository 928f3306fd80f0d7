import { auditMigration } from "@yinxin/service-kit/audit";
import type { Migration } from "@yinxin/service-kit/database";
import { governanceMigrations } from "@yinxin/service-kit/governance";

import { init } from "./0001-init.ts";
import { checkpointKeys } from "./0020-checkpoint-keys.ts";

/** The schema of the ledger, step by step. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0000-audit": auditMigration,
  "0001-init": init,
  ...governanceMigrations,
  "0020-checkpoint-keys": checkpointKeys,
};
