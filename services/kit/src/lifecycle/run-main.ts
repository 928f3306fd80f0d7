import { ConfigError } from "../config/index.ts";
import { DatabaseError, MigrationError } from "../database/index.ts";
import { StartError } from "./listen.ts";

/**
 * Runs a program's `main`. What a person can put right (configuration, a busy port, a database that is not there) is one
 * sentence on standard error and exit code 1; anything else is a defect, and is shown with its stack.
 */
export async function runMain(main: () => Promise<unknown>): Promise<void> {
  try {
    await main();
  } catch (cause) {
    process.stderr.write(`${explained(cause)}\n`);
    process.exit(1);
  }
}

function explained(cause: unknown): string {
  const isForPerson = [StartError, ConfigError, DatabaseError, MigrationError].some(
    (kind) => cause instanceof kind,
  );
  if (!(cause instanceof Error)) return String(cause);
  if (!isForPerson) return cause.stack ?? cause.message;
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}
