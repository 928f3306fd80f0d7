import { auditMigration } from "@yinxin/service-kit/audit";
import type { Migration } from "@yinxin/service-kit/database";
import { governanceMigrations } from "@yinxin/service-kit/governance";

import { init } from "./0001-init.ts";
import { clientKeys } from "./0020-client-keys.ts";

/** The schema of sso, step by step. A step that was released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0000-audit": auditMigration,
  "0001-init": init,
  ...governanceMigrations,
  "0020-client-keys": clientKeys,
};
