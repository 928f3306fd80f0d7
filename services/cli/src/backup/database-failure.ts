import { DatabaseError } from "@yinxin/service-kit/database";
import { DatabaseCopyError } from "@yinxin/service-kit/database-copy";
import type { DatabaseCopyErrorCode } from "@yinxin/service-kit/database-copy";

import { backupFailure } from "./backup-failure.ts";
import type { BackupFailureCode } from "./backup-failure.ts";

const codes: Readonly<Record<DatabaseCopyErrorCode, BackupFailureCode>> = {
  "object-not-copied": "database-not-copied",
  "dump-malformed": "backup-malformed",
  "target-not-empty": "database-not-empty",
  "schema-in-use": "database-in-use",
  "database-url": "database-address-wrong",
};

/** Does something with a service's database; what goes wrong is a failure of the command, without the address and its password. */
export async function withDatabase<Result>(service: string, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (cause) {
    throw databaseFailure(service, cause);
  }
}

/** The same of an error that was caught; what is none of a database's stays as it is. */
export function databaseFailure(service: string, cause: unknown): unknown {
  if (cause instanceof DatabaseCopyError) {
    const detail =
      cause.code === "database-url" ? service : { zh: service, en: `${service}: ${cause.message}` };
    return backupFailure(codes[cause.code], detail, cause);
  }
  if (cause instanceof DatabaseError)
    return backupFailure(
      cause.code === "database-unreachable" ? "database-refused" : "database-address-wrong",
      withReason(service, codeOf(cause.cause)),
      cause,
    );
  const code = codeOf(cause);
  // A SQLSTATE, or what the operating system says of a connection.
  const isOfServer = code !== undefined && (/^[0-9A-Z]{5}$/.test(code) || isOfConnection(code));
  return isOfServer ? backupFailure("database-refused", withReason(service, code), cause) : cause;
}

function isOfConnection(code: string): boolean {
  return ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "EHOSTUNREACH"].includes(code);
}

function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}

function withReason(service: string, code: string | undefined): { zh: string; en: string } {
  return code === undefined
    ? { zh: service, en: service }
    : { zh: `${service}（${code}）`, en: `${service} (${code})` };
}
