/**
 * One JSON line an event, on standard error: standard output is for data.
 *
 * What is logged is names, ids, codes and times. The redaction list is the second line of defence for what must never
 * be there; {@link redactedPaths} is its text, tested against every name it promises.
 */
import { pino } from "pino";
import type { DestinationStream } from "pino";

import { systemClock } from "../clock/index.ts";
import type { Clock } from "../clock/index.ts";

/** The part of a logger that our code uses. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The same log with these fields on every line. */
  child(fields: Readonly<Record<string, unknown>>): Log;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names whose values never reach a log, at the top of a line, one level and two levels down. */
export const redactedNames = [
  "password",
  "passphrase",
  "pin",
  "secret",
  "token",
  "access_token",
  "refresh_token",
  "id_token",
  "client_assertion",
  "client_secret",
  "authorization",
  "cookie",
  "private_key",
  "privateKey",
  "id_number",
  "idNumber",
] as const;

export interface LogOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go; standard error if absent. */
  readonly destination?: DestinationStream;
  /** The machine's own if absent. */
  readonly clock?: Clock;
}

/** Opens a log. Lines carry `service` and an RFC 3339 `time`; process and host names are the platform's to add. */
export function createLog({ service, level, destination, clock = systemClock }: LogOptions): Log {
  const paths = redactedNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: "[redacted]" },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}
