import { auditMigration } from "@yinxin/service-kit/audit";
import type { Migration } from "@yinxin/service-kit/database";
import { governanceMigrations } from "@yinxin/service-kit/governance";

import { init } from "./0001-init.ts";

/** The schema of desk, step by step. A step that was released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-init": init,
  // The desk had none at first; its other tables were there before.
  "0002-audit": auditMigration,
  ...governanceMigrations,
};
