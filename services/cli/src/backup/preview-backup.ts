import { exitCodes } from "../exit-codes.ts";
import { renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { checkPaths } from "./backup-sources.ts";
import type { BackupSources } from "./backup-sources.ts";

/** Says what would be in a backup. @throws CommandFailure `source-missing` */
export async function previewBackup(
  sources: BackupSources,
  terminal: Terminal,
  isJson: boolean,
): Promise<number> {
  const { services, configuration } = sources;
  await checkPaths(sources);
  const rows = services.map(({ name, database, keysFolder, keyPassphraseFile, auditFolder }) => ({
    name,
    ...(database === undefined ? {} : { database: withoutSecrets(database) }),
    keysFolder,
    keyPassphraseFile,
    auditFolder,
  }));
  if (isJson) terminal.print(renderJson({ dryRun: true, services: rows, configuration }));
  else
    for (const row of rows) terminal.print(`${Object.values(row).filter(Boolean).map(String).join("  ")}\n`);
  return exitCodes.done;
}

/** An address without user, password and parameters; a file's as it is. */
function withoutSecrets(database: string): string {
  if (database.startsWith("sqlite:")) return database;
  try {
    const { protocol, host, pathname } = new URL(database);
    return `${protocol}//${host}${pathname}`;
  } catch {
    // Nobody can say which part of it is the password.
    return "?";
  }
}
