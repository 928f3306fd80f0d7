import { alarmMigration } from "../alarms/index.ts";
import { approvalsMigration } from "../approval-store/index.ts";
import { auditLogMigrations } from "../audit/index.ts";
import type { Migration } from "../database/index.ts";
import { keyRingMigration } from "../key-rings/index.ts";
import { rotationMigration } from "../rotations/index.ts";
import { witnessMigration, witnessSuccessionMigration } from "../witness/index.ts";

/** The tables of governance; part of every service's migrations. A service's own have numbers from 0020 on; what is new has the highest. */
export const governanceMigrations: Readonly<Record<string, Migration>> = {
  ...auditLogMigrations,
  "0010-key-rings": keyRingMigration,
  "0011-approvals": approvalsMigration,
  "0012-witness": witnessMigration,
  "0013-rotations": rotationMigration,
  "0014-alarms": alarmMigration,
  "0015-witness-successions": witnessSuccessionMigration,
};
