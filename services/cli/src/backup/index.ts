/**
 * Backups of a deployment: {@link makeBackup} writes one while the services work, encrypted under a key that exists only as shares in
 * people's hands; {@link openBackup} and {@link extractBackup} read it, {@link testRestored} tries what came out. The form of the file is told
 * in `backup-format.ts`. A backup counts once it was restored.
 */
export { makeBackup } from "./make-backup.ts";
export type { BackupDeps, BackupRequest, BackupStep, MadeBackup } from "./make-backup.ts";
export { openBackup } from "./sealed-file.ts";
export type { OpenedBackup } from "./sealed-file.ts";
export { extractBackup } from "./extract-backup.ts";
export { testRestored } from "./restore-checks.ts";
export type { RestoreCheck } from "./restore-checks.ts";
