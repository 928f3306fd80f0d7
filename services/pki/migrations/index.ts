import { auditMigration } from "@yinxin/service-kit/audit";
import type { Migration } from "@yinxin/service-kit/database";
import { governanceMigrations } from "@yinxin/service-kit/governance";

import { init } from "./0001-init.ts";
import { authorityKeys } from "./0020-authority-keys.ts";
import { revokedUntil } from "./0021-revoked-until.ts";

/** The schema of the certificate authority, step by step. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0000-audit": auditMigration,
  "0001-init": init,
  ...governanceMigrations,
  "0020-authority-keys": authorityKeys,
  "0021-revoked-until": revokedUntil,
};
